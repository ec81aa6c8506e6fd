"""What a person may see of an address or a means of payment."""

from __future__ import annotations

import re

from actions.db.models import PaymentMethod
from contract.wire import InvalidInput

_EMAIL = re.compile(r"[^@\s<>()\",;:]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_KINDS = {"credit_card": "card", "paypal": "PayPal", "gift_card": "gift card"}
_BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express"}
UNKNOWN_METHOD = "the original payment method"


def clean_email(text: str) -> str:
    """The address in lower case, without what people write around it.

    Raises:
        InvalidInput: not an e-mail address.
    """
    email = text.strip().strip("<>.,;:!?\"'()").removeprefix("mailto:").lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise InvalidInput("That is not an e-mail address: write it like name@example.com.")
    return email


def mask_email(email: str) -> str:
    """``mia.li3668@example.com`` as ``m***@example.com``."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain}"


def describe_method(method: PaymentMethod | None) -> str:
    """``Visa ending in 9212``, ``PayPal``, ``gift card``."""
    if method is None:
        return UNKNOWN_METHOD
    if method.kind != "credit_card":
        return _KINDS.get(method.kind, method.kind.replace("_", " "))
    brand = _BRANDS.get(method.brand or "", (method.brand or "card").capitalize())
    return f"{brand} ending in {method.last_four}" if method.last_four else brand
