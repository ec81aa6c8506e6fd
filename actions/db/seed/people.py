"""Invented customers with addresses, means of payment and tastes."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from actions.db.models import Address, Customer, GiftCard, PaymentMethod

TASTES = (
    "running outdoors wellness style travel office gaming music cooking family reading cycling".split()  # noqa: SIM905
)
_PLACES = (("en", "USA", 8), ("en-gb", "UK", 1), ("de", "Germany", 1))


@dataclass(frozen=True)
class Person:
    """A customer's row, and what the customer likes: taste → weight."""

    row: Customer
    tastes: dict[str, float]

    @property
    def address(self) -> Address:
        return self.row.addresses[0]


def make_people(count: int, chance: random.Random, day: datetime, currency: str) -> list[Person]:
    """``count`` customers; the same for the same ``chance``."""
    generators = _generators(chance.randrange(10**6))
    return [_person(number, chance, generators, day, currency) for number in range(1, count + 1)]


def address_row(data: dict[str, str]) -> Address:
    """An address from its fields; line2 and state may be missing."""
    return Address(**{"line2": "", "state": "", **data})


def _generators(seed: int) -> dict[str, Any]:
    from mimesis import Generic  # here, because the action server imports every module and needs it never
    from mimesis.locales import Locale

    return {name: Generic(Locale(name), seed=seed) for name, _, _ in _PLACES}


def _person(number: int, chance: random.Random, generators: dict[str, Any], day: datetime, currency: str) -> Person:
    locale, country, _ = chance.choices(_PLACES, [weight for _, _, weight in _PLACES])[0]
    made = generators[locale]
    first, last = made.person.first_name(), made.person.last_name()
    row = Customer(
        id=f"c_{number:05d}",
        email=f"{_plain(first)}.{_plain(last)}{number:04d}@example.com",
        first_name=first,
        last_name=last,
        created_at=day - timedelta(days=chance.randint(250, 900), minutes=chance.randint(0, 1439)),
        source="demo",
    )
    row.addresses = [_address(made, country)]
    row.payment_methods = _payment_methods(row.id, chance, currency)
    return Person(row, _some_tastes(chance))


def _address(made: Any, country: str) -> Address:
    state = made.address.state(abbr=True) if country == "USA" else ""
    return Address(
        line1=made.address.address(),
        line2="",
        city=made.address.city(),
        state=state,
        zip_code=made.address.zip_code(),
        country=country,
    )


def _payment_methods(customer_id: str, chance: random.Random, currency: str) -> list[PaymentMethod]:
    kinds = chance.sample(("credit_card", "paypal", "gift_card"), chance.choice((1, 1, 2)))
    return [_payment_method(f"{kind}_{customer_id}", kind, chance, currency) for kind in kinds]


def _payment_method(method_id: str, kind: str, chance: random.Random, currency: str) -> PaymentMethod:
    row = PaymentMethod(id=method_id, kind=kind)
    if kind == "credit_card":
        row.brand, row.last_four = chance.choice(("visa", "mastercard", "amex")), f"{chance.randint(0, 9999):04d}"
    if kind == "gift_card":
        row.gift_card = GiftCard(balance_minor=chance.randrange(0, 10_001, 500), currency=currency)
    return row


def _some_tastes(chance: random.Random) -> dict[str, float]:
    main, second = chance.sample(TASTES, 2)
    return {main: 1.0} if chance.random() < 0.4 else {main: 1.0, second: 0.6}


def _plain(name: str) -> str:
    text = name.lower().replace("ß", "ss").replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", text)) or "customer"
