"""Entities as one BIO tag a word: ``O``, ``B-color``, ``I-color``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from contract.nlu import EntitySpan, Example

OUTSIDE = "O"
Offsets = tuple[int, int]


def label_of(span: EntitySpan) -> str:
    """Entity, role and group in one label, as ``date``, ``date/from`` or ``date//1``."""
    return "/".join([span.entity, span.role or "", span.group or ""]).rstrip("/")


def parts_of(label: str) -> tuple[str, str | None, str | None]:
    """Entity, role and group of a label."""
    entity, role, group = [*label.split("/"), "", ""][:3]
    return entity, role or None, group or None


def tag_names(examples: Iterable[Example]) -> tuple[str, ...]:
    """Every tag that the examples need, ``O`` first, the others sorted."""
    labels = sorted({label_of(span) for example in examples for span in example.entities})
    return (OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in ("B", "I")))


def word_tags(words: Sequence[Offsets], spans: Sequence[EntitySpan]) -> list[str]:
    """The tag of each word, given its character offsets (end exclusive). A word belongs to the span it meets."""
    return [_tag(word, previous, spans) for previous, word in zip([None, *words], words, strict=False)]


def _tag(word: Offsets, previous: Offsets | None, spans: Sequence[EntitySpan]) -> str:
    for span in spans:
        if _meet(word, span):
            inside = previous is not None and _meet(previous, span)
            return f"{'I' if inside else 'B'}-{label_of(span)}"
    return OUTSIDE


def _meet(word: Offsets, span: EntitySpan) -> bool:
    return word[0] < span.end and span.start < word[1]
