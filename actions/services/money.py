"""Money as integer minor units with a currency, and how a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, DecimalException, InvalidOperation

from babel.core import UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision

from contract.wire import InvalidInput


@dataclass(frozen=True)
class Money:
    """``minor`` counts the smallest unit (cents for USD, yen for JPY); ``currency`` is ISO 4217."""

    minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        """The amount in whole units: ``Money(4999, "USD").amount == Decimal("49.99")``."""
        return Decimal(self.minor).scaleb(-get_currency_precision(self.currency))

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise InvalidInput(f"{self.currency} and {other.currency} cannot be added: convert one of them first.")
        return Money(self.minor + other.minor, self.currency)


def to_minor(amount: object, currency: str) -> int:
    """An amount in whole units (``49.99``, ``"49.99"``) as minor units, without a rounding error.

    Raises:
        InvalidInput: not a finite number, or more decimals than the currency has.
    """
    try:
        if isinstance(amount, bool):
            raise InvalidOperation
        value = Decimal(str(amount)).scaleb(get_currency_precision(currency))
        whole = value.to_integral_value()
    except DecimalException as error:
        raise InvalidInput(f"{amount!r} is not an amount of money: write it like 49.99.") from error
    if not value.is_finite() or value != whole:
        raise InvalidInput(f"{amount!r} is not an amount in {currency}: it has too many decimals.")
    return int(whole)


def format_money(money: Money, locale: str = "en_US") -> str:
    """The amount as a person writes it: ``$49.99``, ``49,99 €``. An unknown locale falls back to English."""
    try:
        return format_currency(money.amount, money.currency, locale=locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return format_currency(money.amount, money.currency, locale="en_US")
