"""Plans orders: those of ``data/shop/demo.yml``, and random ones in every state."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from actions.db.models import Customer, GiftCard, PaymentMethod, Product, Variant
from actions.db.seed.history import Plan
from actions.db.seed.people import Person, address_row
from actions.db.seed.taste import Chooser
from actions.services.money import to_minor

_OLD = {"delivered": 79, "refunded": 6, "returned": 3, "return_requested": 5, "cancelled": 7}


def demo_people(data: dict[str, Any], day: datetime, currency: str) -> list[Person]:
    """The documented customers."""
    return [_demo_person(item, day, currency) for item in data["customers"]]


def demo_plans(data: dict[str, Any], people: list[Person], products: list[Product], day: datetime) -> list[Plan]:
    """The documented orders: of each product the first variant that is in stock."""
    by_id = {product.id: product for product in products}
    plans = []
    for item, person in zip(data["customers"], people, strict=True):
        for order in item["orders"]:
            chosen = [by_id[product_id] for product_id in order["items"]]
            lines = tuple((_first_in_stock(product), product.name, 1) for product in chosen)
            placed = day - timedelta(days=order["days_ago"], hours=5)
            method = person.row.payment_methods[0]
            plans.append(
                Plan(order["id"], person, order["status"], placed, lines, method, late=order.get("late", False))
            )
    return plans


def random_plans(
    count: int, people: list[Person], chooser: Chooser, chance: random.Random, day: datetime, taken: set[str]
) -> list[Plan]:
    """``count`` orders over eight months, more of them lately."""
    activity = [chance.paretovariate(1.6) for _ in people]
    buyers = [*people, *chance.choices(people, activity, k=max(0, count - len(people)))][:count]
    return [_random_plan(person, chooser, chance, day, taken) for person in buyers]


def _random_plan(person: Person, chooser: Chooser, chance: random.Random, day: datetime, taken: set[str]) -> Plan:
    age = int(240 * chance.random() ** 1.7)
    placed = day - timedelta(days=age, minutes=chance.randint(10, 1430))
    late = 4 <= age <= 14 and chance.random() < 0.12
    lines = [
        (chance.choice(product.variants), product.name, chance.choices((1, 2, 3), (88, 10, 2))[0])
        for product in dict.fromkeys(chooser.pick(person, chance.choices((1, 2, 3), (60, 28, 12))[0]))
    ]
    method = chance.choice(person.row.payment_methods)
    status = "shipped" if late else _status(age, chance)
    return Plan(_number(chance, taken), person, status, placed, tuple(lines), method, late=late)


def _status(age: int, chance: random.Random) -> str:
    if age < 1:
        return chance.choices(("pending", "cancelled"), (9, 1))[0]
    if age < 2:
        return chance.choices(("pending", "processed", "cancelled"), (3, 6, 1))[0]
    if age < 4:
        return chance.choices(("processed", "shipped", "cancelled"), (2, 7, 1))[0]
    if age < 8:
        return chance.choices(("shipped", "delivered"), (1, 1) if age < 6 else (0, 1))[0]
    known = [status for status in _OLD if not (status == "return_requested" and age > 45)]
    if age < 30:
        known = [status for status in known if status not in ("returned", "refunded")]
    return chance.choices(known, [_OLD[status] for status in known])[0]


def _number(chance: random.Random, taken: set[str]) -> str:
    while True:
        number = f"#W0{chance.randrange(10**6):06d}"
        if number not in taken:
            taken.add(number)
            return number


def _demo_person(item: dict[str, Any], day: datetime, currency: str) -> Person:
    row = Customer(
        id=item["id"],
        email=item["email"],
        first_name=item["first_name"],
        last_name=item["last_name"],
        created_at=day - timedelta(days=400),
        source="demo",
        addresses=[address_row(item["address"])],
        payment_methods=[_demo_method(item["id"], pays, currency) for pays in item["pays_with"]],
    )
    return Person(row, dict.fromkeys(item["tastes"], 1.0))


def _demo_method(customer_id: str, pays: dict[str, Any], currency: str) -> PaymentMethod:
    columns = {name: value for name, value in pays.items() if name != "balance"}
    method = PaymentMethod(id=f"{pays['kind']}_{customer_id}", **columns)
    if "balance" in pays:
        method.gift_card = GiftCard(balance_minor=to_minor(pays["balance"], currency), currency=currency)
    return method


def _first_in_stock(product: Product) -> Variant:
    return next(variant for variant in product.variants if variant.stock)
