"""The purchases of Amazon Beauty as a shop's database: products with two variants each, one order a purchase."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from sklearn.random_projection import GaussianRandomProjection
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from actions.db import migrate
from actions.db.clock import utc_now
from actions.db.engine import session_factory
from actions.db.models import Category, Customer, Order, OrderItem, Product, Variant
from actions.recommender.models import Vector
from actions.recommender.texts import ProductText
from actions.recommender.vectors import VectorStore
from tests.benchmarks.recommender.purchases import Purchases

CATEGORIES = 20
COLORS = ("red", "blue")
WIDTH = 384


class Vectors(VectorStore):
    """The data's attributes in place of what the encoder makes of texts, projected to its width."""

    def __init__(self, data: Purchases) -> None:
        projected = GaussianRandomProjection(WIDTH, random_state=0).fit_transform(data.vectors)
        self._vectors = projected / np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), 1e-6)

    def load(self, texts: Sequence[ProductText]) -> Vector:
        return np.asarray(self._vectors[[int(text.product_id) for text in texts]], dtype=np.float32)


def fill(engine: Engine, data: Purchases) -> None:
    """Writes the shop. Takes a minute."""
    migrate.upgrade(engine)
    with session_factory(engine).begin() as session:
        _catalogue(session, len(data.vectors))
        _people(session, data)


def _catalogue(session: Session, count: int) -> None:
    categories = [{"id": str(n), "name": f"Category {n}", "keywords": []} for n in range(CATEGORIES)]
    products = [
        {
            "id": str(number),
            "name": f"Beauty product {number:05d}",
            "category_id": str(number % CATEGORIES),
            "details": {},
            "keywords": [],
            "rating": 3.0 + number % 20 / 10,
        }
        for number in range(count)
    ]
    variants = [
        {
            "id": f"{number}-{color}",
            "product_id": str(number),
            "options": {"color": color},
            "price_minor": 500 + 37 * number % 9000,
            "currency": "USD",
            "stock": 0 if number % 10 == 0 else 5,
        }
        for number in range(count)
        for color in COLORS
    ]
    for table, rows in ((Category, categories), (Product, products), (Variant, variants)):
        session.execute(insert(table), rows)


def _people(session: Session, data: Purchases) -> None:
    now = utc_now()
    people = [
        {"id": f"c{n}", "email": f"c{n}@example.com", "first_name": "C", "last_name": str(n)}
        for n in range(len(data.sequences))
    ]
    session.execute(insert(Customer), people)
    address = dict.fromkeys(("ship_line1", "ship_city", "ship_state", "ship_zip", "ship_country"), "-")
    bought = [
        (customer, place, product)
        for customer, sequence in enumerate(data.sequences)
        for place, product in enumerate(sequence)
    ]
    for some in (bought[start : start + 20_000] for start in range(0, len(bought), 20_000)):
        orders = [
            {
                "id": f"{customer}-{place}",
                "customer_id": f"c{customer}",
                "status": "delivered",
                "placed_at": now - timedelta(days=1000 - place),
                "total_minor": 1000,
                "currency": "USD",
                **address,
            }
            for customer, place, _ in some
        ]
        items = [
            {
                "order_id": f"{customer}-{place}",
                "line": 1,
                "product_id": str(product),
                "name": f"Beauty product {product:05d}",
                "options": {},
                "quantity": 1,
                "unit_price_minor": 1000,
            }
            for customer, place, product in some
        ]
        session.execute(insert(Order), orders)
        session.execute(insert(OrderItem), items)
