"""What was learned from the shop at one moment. Never changed afterwards, so that threads can share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.db.models import Interaction, OrderItem
from actions.recommender.blend import Blend
from actions.recommender.interactions import matrix, vector
from actions.recommender.kinds import kinds, one_off_kinds
from actions.recommender.models import Vector
from actions.recommender.signals import History, histories, read_signals
from actions.recommender.texts import ProductText, product_text
from actions.recommender.vectors import VectorStore
from actions.services.catalog_rows import all_products

POPULAR = 3
"""The first of a category, and of the shop, that may be called popular."""

ALIKE = 0.45
"""A cosine from which two products are said to be similar."""
SAME_KIND = 0.3

Kinds = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Item:
    """What is kept of a product: enough to choose; price and stock are read afresh."""

    product_id: str
    name: str
    category: str | None
    kinds: Kinds
    one_off: Kinds


@dataclass(frozen=True)
class Fitted:
    """Products are numbered as in ``items``. ``rows`` counts the interactions and order items it was fitted on."""

    items: tuple[Item, ...]
    number: Mapping[str, int]
    blend: Blend
    popular: frozenset[int]
    texts: tuple[ProductText, ...]
    has_content: bool
    rows: int

    def is_outdated(self, session: Session) -> bool:
        """Whether the shop has one percent more rows (at least 20) to learn from, or other products."""
        grown = count_rows(session) - self.rows
        return abs(grown) >= max(20, self.rows // 100) or self.texts != tuple(map(product_text, all_products(session)))

    def history(self, history: History) -> Vector:
        """The weights of a history as a vector (products,), the older the less."""
        return vector(matrix([history], self.number), self.blend.fade)

    def alike(self, product: int) -> Vector:
        """Scores (products,) of what could be had instead: near in meaning, called the same, bought by the same."""
        same = [bool(item.kinds & self.items[product].kinds) for item in self.items]
        return self.blend.similar(product) + np.where(same, SAME_KIND, 0.0).astype(np.float32)

    def is_alike(self, product: int, other: int) -> bool:
        """Whether two products may be called similar."""
        same_kind = bool(self.items[product].kinds & self.items[other].kinds)
        return same_kind or bool(self.blend.content.similar(product)[other] >= ALIKE)


def fit(session: Session, store: VectorStore) -> Fitted:
    """Reads the shop and learns from it. Without vectors in ``store`` it works without content."""
    products = all_products(session)
    items = tuple(
        Item(row.id, row.name, row.category.name if row.category else None, kinds(row), one_off_kinds(row))
        for row in products
    )
    texts = tuple(product_text(row) for row in products)
    number = {item.product_id: index for index, item in enumerate(items)}
    vectors = store.load(texts)
    people = histories(read_signals(session)).values()
    blend = Blend(vectors).fit(matrix(people, number))
    popular = _popular(items, blend.popularity.scores)
    return Fitted(items, number, blend, popular, texts, vectors is not None, count_rows(session))


def count_rows(session: Session) -> int:
    """Interactions and order items."""
    counts = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Interaction, OrderItem)]
    return sum(counts)


def _popular(items: tuple[Item, ...], scores: Vector) -> frozenset[int]:
    """The most popular ones of each category."""
    by_category: dict[str | None, list[int]] = {}
    for index in np.argsort(-scores, kind="stable"):
        if scores[index] > 0:
            by_category.setdefault(items[index].category, []).append(int(index))
    return frozenset(index for group in by_category.values() for index in group[:POPULAR])
