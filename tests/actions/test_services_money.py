"""Amounts in and out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from actions.services.money import Money, format_money, to_minor
from contract.wire import InvalidInput


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [(49.99, "USD", 4999), ("49.99", "EUR", 4999), (0.1 + 0.2 - 0.0, "USD", None), (500, "JPY", 500), ("0", "USD", 0)],
)
def test_to_minor(amount, currency, minor):
    if minor is None:
        with pytest.raises(InvalidInput, match="too many decimals"):
            to_minor(amount, currency)
    else:
        assert to_minor(amount, currency) == minor


@pytest.mark.parametrize("amount", ["abc", None, True, float("nan"), float("inf"), [], "1,50", "1e999999"])
def test_to_minor_refuses_what_is_no_amount(amount):
    with pytest.raises(InvalidInput):
        to_minor(amount, "USD")


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(4999, "USD"), "en_US", "$49.99"),
        (Money(4999, "EUR"), "de_DE", "49,99\xa0€"),
        (Money(500, "JPY"), "en_US", "¥500"),
        (Money(-150, "USD"), "en_US", "-$1.50"),
        (Money(123456789, "USD"), "en-US", "$1,234,567.89"),
        (Money(4999, "USD"), "xx_nowhere", "$49.99"),
    ],
)
def test_format_money(money, locale, text):
    assert format_money(money, locale) == text


def test_amount_and_sum():
    assert Money(4999, "USD").amount == Decimal("49.99")
    assert Money(1, "USD") + Money(2, "USD") == Money(3, "USD")
    with pytest.raises(InvalidInput, match="EUR and USD cannot be added"):
        Money(1, "EUR") + Money(2, "USD")
