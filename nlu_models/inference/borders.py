"""The model knows what an entity is; where an amount or a name of several words ends, the text knows better."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from nlu_models.inference.spans import Span

AMOUNTS = ("price", "refund_amount")
_CURRENCY = r"(?:[$€£]|usd|eur|gbp|dollars?|euros?|pounds?|bucks|quid)"
_AMOUNT = re.compile(
    r"(?<![\w.,])(?:[$€£]\s?)?(?:\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,]\d{1,2})?(?!\d)"
    rf"(?:\s?{_CURRENCY}(?!\w))?",
    re.IGNORECASE,
)
_EXTRA = re.compile(r"\b(?:(?:double|triple)[ -])?(?:extra|xtra|x)[ -]$", re.IGNORECASE)


def tidy(text: str, spans: Sequence[Span]) -> list[Span]:
    """The spans with the borders of amounts put right, and neighbours of one kind made one."""
    amounts = [match.span() for match in _AMOUNT.finditer(text)] if any(s.entity in AMOUNTS for s in spans) else []
    tidied: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        span = _whole_amount(span, amounts) if span.entity in AMOUNTS else span
        span = _whole_size(span, text) if span.entity == "size" else span
        if tidied and _belong_together(text, tidied[-1], span):
            tidied[-1] = _joined(tidied[-1], span)
        elif not tidied or span.start >= tidied[-1].end:
            tidied.append(span)
    return tidied


def _whole_amount(span: Span, amounts: Sequence[tuple[int, int]]) -> Span:
    for start, end in amounts:
        if start < span.end and span.start < end:
            return dataclasses.replace(span, start=start, end=end)
    return span


def _whole_size(span: Span, text: str) -> Span:
    extra = _EXTRA.search(text, max(0, span.start - 24), span.start)
    return dataclasses.replace(span, start=extra.start()) if extra else span


def _belong_together(text: str, left: Span, right: Span) -> bool:
    same = (left.entity, left.role, left.group) == (right.entity, right.role, right.group)
    return same and left.entity != "quantity" and not text[left.end : right.start].strip()


def _joined(left: Span, right: Span) -> Span:
    sure = min(left.confidence, right.confidence)
    return dataclasses.replace(left, end=max(left.end, right.end), confidence=sure)
