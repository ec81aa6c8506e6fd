"""The value of an entity in the one form that actions compare: ``w2611340`` is ``#W2611340``, ``two`` is ``2``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty"""
_NUMBERS = {word: str(number) for number, word in enumerate(_WORDS.split())}
_NUMBERS |= {"a": "1", "an": "1", "single": "1", "pair": "2", "couple": "2", "both": "2", "dozen": "12"}
_AMOUNT = re.compile(r"\d{1,3}(?:[ ,']\d{3})+(?:\.\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)")


def normalise(entity: str, text: str, synonyms: Mapping[str, str]) -> str:
    """The normalised value of ``text``; what has no form of its own is looked up in ``synonyms``.

    Args:
        synonyms: canonical values by written ones, in lower case.
    """
    written = " ".join(text.split())
    form = _FORMS.get(entity)
    if form is not None:
        return form(written)
    return synonyms.get(written.casefold(), written)


def _order_id(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return f"#W{digits}" if len(digits) == 7 else text


def _invoice_id(text: str) -> str:
    match = re.fullmatch(r"inv[- ]?(\d{4})[- ]?(\d{3,6})", text, re.IGNORECASE)
    return f"INV-{match[1]}-{match[2]}" if match else text.upper()


def _quantity(text: str) -> str:
    match = re.search(r"\d+", text)
    return match[0] if match else _NUMBERS.get(text.casefold(), text)


def _amount(text: str) -> str:
    """The number without currency, ``1,299.50`` as ``1299.50``, ``35,5`` as ``35.5``."""
    match = _AMOUNT.search(text)
    if match is None:
        return _NUMBERS.get(text.casefold(), text)
    number = match[0]
    if re.search(r"[ ,']\d{3}", number):
        return re.sub(r"[ ,']", "", number)
    return number.replace(",", ".")


def _compact(text: str) -> str:
    return text.replace(" ", "").upper()


_FORMS: dict[str, Callable[[str], str]] = {
    "order_id": _order_id,
    "invoice_id": _invoice_id,
    "ticket_id": _compact,
    "tracking_id": _compact,
    "promo_code": str.upper,
    "zip_code": str.upper,
    "email": str.lower,
    "person_name": str,
    "date": str,
    "quantity": _quantity,
    "price": _amount,
    "refund_amount": _amount,
}
