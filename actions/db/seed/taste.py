"""What people look at and buy: mostly what serves their tastes, and popular things."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from actions.db.models import Product
from actions.db.seed.people import Person

_ANYTHING = 0.04


class Chooser:
    """Picks products for people.

    Args:
        products: those to pick from.
        tastes: product id → the tastes that it serves.
    """

    def __init__(self, products: list[Product], tastes: dict[str, list[str]], chance: random.Random) -> None:
        self._products = products
        self._tastes = tastes
        self._chance = chance
        ranks = list(range(1, len(products) + 1))
        chance.shuffle(ranks)
        self._popularity = {product.id: rank**-0.35 for product, rank in zip(products, ranks, strict=True)}

    def pick(self, person: Person, count: int) -> list[Product]:
        """``count`` picks; a product may come twice."""
        weights = [self.liking(person, product.id) * self._popularity[product.id] for product in self._products]
        return self._chance.choices(self._products, weights, k=count)

    def liking(self, person: Person, product_id: str) -> float:
        """How much the person likes a product, from 0.04 (not at all) to about 1.6."""
        return _ANYTHING + sum(person.tastes.get(taste, 0.0) for taste in self._tastes.get(product_id, ()))


def browsing(person: Person, chooser: Chooser, chance: random.Random, day: datetime) -> list[dict[str, Any]]:
    """Views, and a few things that were put into the cart."""
    rows = []
    for product in chooser.pick(person, chance.randint(8, 30)):
        at = day - timedelta(minutes=chance.randint(60, 240 * 1440))
        kinds = ("view", "cart") if chance.random() < 0.15 * chooser.liking(person, product.id) else ("view",)
        rows += [_row(person, product.id, kind, at=at) for kind in kinds]
    return rows


def bought(
    person: Person, order_id: str, product_ids: Iterable[str], at: datetime, chooser: Chooser, chance: random.Random
) -> list[dict[str, Any]]:
    """Purchases, and a rating for some of them."""
    rows = []
    for product_id in product_ids:
        rows.append(_row(person, product_id, "purchase", at=at, order_id=order_id))
        if chance.random() < 0.45:
            likes = chooser.liking(person, product_id) >= 0.6
            stars = chance.choices((5, 4, 3, 2, 1), (55, 32, 9, 3, 1) if likes else (12, 25, 33, 20, 10))[0]
            rows.append(_row(person, product_id, "rating", at=at + timedelta(days=9), value=float(stars)))
    return rows


def _row(
    person: Person, product_id: str, kind: str, *, at: datetime, order_id: str | None = None, value: float | None = None
) -> dict[str, Any]:
    return {
        "customer_id": person.row.id,
        "product_id": product_id,
        "order_id": order_id,
        "kind": kind,
        "value": value,
        "at": at,
    }
