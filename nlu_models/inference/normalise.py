"""The value of an entity in the one form that actions compare: ``w 2611340`` is ``#W2611340``, ``two`` is ``2``.

What the shop's catalogue calls a product, a colour or a size is matched by the actions, which have the catalogue
(docs/decisions/0012).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from nlu_models.inference.amounts import amount
from nlu_models.inference.dates import iso
from nlu_models.inference.numbers import number

_SIZE_WORDS = re.compile(r"(?:in )?(?:a )?sizes? ", re.IGNORECASE)
_LETTER_SIZES = {"small": "S", "medium": "M", "large": "L", "s": "S", "m": "M", "l": "L"}
_EXTRA = re.compile(r"(?:(\d)|(double|triple)|)\s*-?\s*((?:(?:e?xtra|x)[\s-]*)+)(small|large|s|l)", re.IGNORECASE)


@dataclass(frozen=True)
class Context:
    """``synonyms``: canonical values by written ones, in lower case; dates are counted from ``today``."""

    synonyms: Mapping[str, str]
    today: date


def normalise(entity: str, text: str, context: Context, *, before: str = "") -> str:
    """The normalised value of ``text``; what has no form of its own is looked up in the synonyms.

    Args:
        before: what stands before it in the message.
    """
    written = " ".join(text.split())
    if entity == "date":
        return iso(written, today=context.today, before=before) or written
    form = _FORMS.get(entity)
    if form is not None:
        return form(written)
    found = context.synonyms.get(written.casefold())
    if found is None and entity == "size":
        plain = _SIZE_WORDS.sub("", written)
        return context.synonyms.get(plain.casefold()) or _size(plain)
    return found or written


def _order_id(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return f"#W{digits}" if len(digits) == 7 else text


def _invoice_id(text: str) -> str:
    match = re.fullmatch(r"inv[- ]?(\d{4})[- ]?(\d{3,6})", text, re.IGNORECASE)
    return f"INV-{match[1]}-{match[2]}" if match else text.upper()


def _ticket_id(text: str) -> str:
    match = re.fullmatch(r"t[- ]?(\d{2,8})", text, re.IGNORECASE)
    return f"T-{match[1]}" if match else _compact(text)


def _email(text: str) -> str:
    """``Mia at mail dot com`` is ``mia@mail.com``."""
    if "@" not in text:
        text = re.sub(r"\s*[(\[]?\bat\b[)\]]?\s*", "@", text, count=1, flags=re.IGNORECASE)
    return re.sub(r"\s*[(\[]?\bdot\b[)\]]?\s*", ".", text, flags=re.IGNORECASE).replace(" ", "").lower()


def _quantity(text: str) -> str:
    match = re.search(r"\d+", text)
    if match is not None:
        return match[0]
    said = number(text)
    return text if said is None else str(said)


def _size(text: str) -> str:
    """``extra large`` and ``x-large`` are ``XL``, ``2xl`` is ``XXL``; what is no such size stays as it is."""
    plain = text.casefold()
    if plain in _LETTER_SIZES:
        return _LETTER_SIZES[plain]
    match = _EXTRA.fullmatch(plain)
    if match is None:
        return text
    times = int(match[1] or {"double": 2, "triple": 3}.get(match[2] or "", 0)) or match[3].count("x")
    return "X" * min(times, 9) + _LETTER_SIZES[match[4]]


def _compact(text: str) -> str:
    return re.sub(r"\s", "", text).upper()


_FORMS: dict[str, Callable[[str], str]] = {
    "order_id": _order_id,
    "invoice_id": _invoice_id,
    "ticket_id": _ticket_id,
    "tracking_id": _compact,
    "promo_code": _compact,
    "zip_code": str.upper,
    "email": _email,
    "person_name": str,
    "quantity": _quantity,
    "price": amount,
    "refund_amount": amount,
}
