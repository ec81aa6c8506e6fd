"""What a shopper says about prices: under, over, between."""

from __future__ import annotations

import re
from dataclasses import dataclass

from actions.message import Message, NamedThing
from actions.services.money import to_minor
from contract.wire import InvalidInput

_NUMBER = re.compile(r"\d+(?:[.,]\d{3})*(?:[.,]\d{1,2})?")
_OVER = re.compile(r"\b(over|above|more than|at least|min(imum)?|from|starting at)\W*(\w+\W*)?$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\b|\bfrom\b.*\bto\b|\d\s*(-|–|to)\s*\S?\d", re.IGNORECASE)
_LOOKS_BACK = 24


@dataclass(frozen=True)
class PriceRange:
    """In minor units; None where nothing was said."""

    minimum: int | None = None
    maximum: int | None = None


def price_range(message: Message, currency: str) -> PriceRange:
    """The range that the price entities of a message mean. An amount alone is an upper limit."""
    priced = [(thing, minor) for thing in message.things if (minor := _minor(thing, currency)) is not None]
    if len(priced) >= 2 and _BETWEEN.search(message.text):
        amounts = sorted(minor for _, minor in priced)
        return PriceRange(amounts[0], amounts[-1])
    found = PriceRange()
    for thing, minor in priced:
        before = message.text[max(0, thing.start - _LOOKS_BACK) : thing.start]
        found = PriceRange(minor, found.maximum) if _OVER.search(before) else PriceRange(found.minimum, minor)
    return found


def _minor(thing: NamedThing, currency: str) -> int | None:
    if thing.entity != "price":
        return None
    match = _NUMBER.search(thing.value)
    if match is None:
        return None
    text = match[0]
    if re.search(r"[.,]\d{3}$", text):
        text = re.sub(r"[.,]", "", text)
    whole, _, cents = text.replace(",", ".").rpartition(".")
    plain = f"{whole.replace('.', '')}.{cents}" if whole else cents
    try:
        return to_minor(plain, currency)
    except InvalidInput:
        return None
