"""Amounts of money: ``$ 1,299.50`` is ``1299.50 USD``, ``20 bucks`` is ``20 USD``, ``49,99`` is ``49.99``."""

from __future__ import annotations

import re

from nlu_models.inference.numbers import number

# What is written with a sign or a word. "$" is the US dollar: who sells in another one reads the number alone.
_CURRENCIES = (
    ("USD", re.compile(r"\$|\b(?:usd|us dollars?|dollars?|bucks?|dollers?)\b", re.IGNORECASE)),
    ("EUR", re.compile(r"€|\b(?:eur|euros?)\b", re.IGNORECASE)),
    ("GBP", re.compile(r"£|\b(?:gbp|pounds?|quid)\b", re.IGNORECASE)),
)
_GROUPED = re.compile(r"(\d{1,3}(?:[ ,.'’]\d{3})+)(?:[.,](\d{1,2}))?(?!\d)")
_PLAIN = re.compile(r"(\d+)(?:[.,](\d{1,2})(?!\d))?")


def amount(text: str) -> str:
    """The number with a point, and the ISO 4217 code of the currency where one is written; else ``text``."""
    apart = re.sub(r"(?<=\d)(?=[a-zA-Z])|(?<=[a-zA-Z])(?=\d)", " ", text)
    currency = next((code for code, pattern in _CURRENCIES if pattern.search(apart)), None)
    value = _number(apart)
    if value is None:
        return text
    return f"{value} {currency}" if currency else value


def _number(text: str) -> str | None:
    match = _GROUPED.search(text) or _PLAIN.search(text)
    if match is not None:
        whole = re.sub(r"\D", "", match[1])
        return f"{whole}.{match[2]}" if match[2] else whole
    for _, pattern in _CURRENCIES:
        text = pattern.sub(" ", text)
    words = number(text)
    return None if words is None else str(words)
