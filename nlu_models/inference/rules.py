"""Entities that have a written form. Where one is found, it is right: the model cannot spell numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_FOUND = 40
# These forms are others' too: a model number can look like a promo code, a ticket's number like an order's.
_UNCERTAIN = frozenset(("promo_code", "zip_code"))


@dataclass(frozen=True)
class Found:
    """An entity that a pattern found at characters ``start`` to ``end`` (exclusive).

    ``is_certain``: nothing else is written like that.
    """

    entity: str
    start: int
    end: int
    is_certain: bool = True


# "john at mail dot com". A word before "at" is an address only after words that announce one, alone, or with a sign or
# digit in it: "cheaper at shop dot com" is none.
_ANNOUNCED = "|".join(
    rf"(?<={before})" for before in ("mail ", "mail is ", "mail: ", "address is ", "it's ", "it is ", "me ")
)
_AT, _DOT = r"\s?(?:\bat\b|[(\[]at[)\]])\s?", r"\s?(?:\bdot\b|[(\[]dot[)\]])\s?"
_SPELLED = re.compile(
    rf"(?<![\w.+-])(?:(?:{_ANNOUNCED}|\A)[\w.+-]{{1,64}}{_AT}|[\w.+-]{{0,32}}[\d._+-][\w.+-]{{1,32}}{_AT}|[\w.+-]{{1,64}}\s?[(\[]at[)\]]\s?)"
    rf"[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,3}}{_DOT}[a-z]{{2,12}}(?!\w)",
    re.IGNORECASE,
)

# In order: what stands further up takes the characters first. Each repetition is bounded, so no text is slow.
_PATTERNS = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}(?![\w@])")),
    ("email", _SPELLED),
    ("invoice_id", re.compile(r"(?<!\w)INV[- ]?\d{4}[- ]?\d{3,6}(?!\w)", re.IGNORECASE | re.ASCII)),
    ("ticket_id", re.compile(r"(?<![\w-])T-\d{3,8}(?!\w)", re.IGNORECASE | re.ASCII)),
    ("order_id", re.compile(r"(?<![\w#])(?:#\s?)?W[ -]?\d{7}(?!\w)|(?<![\w#])#\s?\d{7}(?!\w)", re.I | re.ASCII)),
    ("tracking_id", re.compile(r"(?<!\w)1Z(?: \w{3}){2} \w{2} \d{4} \d{4}(?!\w)", re.I | re.ASCII)),
    ("tracking_id", re.compile(r"(?<!\w)(?:1Z[0-9A-Z]{16}|JD\d{12,18}|[A-Z]{2}\d{9}[A-Z]{2})(?!\w)", re.I | re.ASCII)),
    # Not 13, 16 or 19 digits: those are bank cards.
    ("tracking_id", re.compile(r"(?<![\w#+.,-])(?:\d{22}|\d{20}|\d{18}|\d{15}|\d{14}|\d{12})(?![\w-])", re.ASCII)),
    ("order_id", re.compile(r"(?<![\w#.,@+-])(?<!\d[ ])\d{7}(?![\w@%]|[ ]\d|[.,-]\d)", re.ASCII)),
    ("promo_code", re.compile(r"(?<![\w#@.-])[A-Z]{3,12}\d{2,3}(?![\w-])", re.ASCII)),
    ("zip_code", re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)", re.ASCII)),
)
_WITHOUT_ANY = re.compile(r"[^\d@]*\Z")  # every form has a digit or a sign, but for an address in words


def find(text: str) -> list[Found]:
    """What the patterns find, left to right, at most 40, none overlapping another."""
    found: list[Found] = []
    for candidate in _candidates(text):
        if all(candidate.end <= other.start or candidate.start >= other.end for other in found):
            found.append(candidate)
        if len(found) == MAX_FOUND:
            break
    return sorted(found, key=lambda entity: entity.start)


def _candidates(text: str) -> Iterator[Found]:
    spelled = "dot" in text.lower()
    if not spelled and _WITHOUT_ANY.match(text):
        return
    for name, pattern in _PATTERNS:
        if pattern is _SPELLED and not spelled:
            continue
        for match in pattern.finditer(text):
            is_certain = name not in _UNCERTAIN and not (name == "order_id" and match[0].isdecimal())
            yield Found(name, match.start(), match.end(), is_certain)
