"""What was learned from the shop at one moment. Never changed afterwards, so that threads can share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.db.models import Interaction, OrderItem, Product
from actions.recommender.blend import Blend
from actions.recommender.interactions import faded, matrix
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
AFTER = 0.5
WELL_RATED = 4.0

Kinds = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Item:
    """What is kept of a product: enough to choose; price and stock are read afresh."""

    product_id: str
    name: str
    category: str | None
    kinds: Kinds
    one_off: Kinds
    rating: float


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
        known = [(self.number[product], done) for product, done in history.weights.items() if product in self.number]
        weights = np.zeros(len(self.items), dtype=np.float32)
        if known:
            columns, values = zip(*known, strict=True)
            weights[list(columns)] = np.array(values, dtype=np.float32) * faded(len(known), self.blend.fade)
        return weights

    def alike(self, product: int) -> Vector:
        """Scores (products,) of what could be had instead: near in meaning, called the same, bought by the same."""
        scores = self.blend.similar(product)
        same = {number for kind in self.items[product].kinds for number in self._of_kind[kind]}
        scores[list(same)] += SAME_KIND
        return scores

    def beside(self, things: Vector) -> Vector:
        """Scores (products,) of what goes with some things (products,): bought with them, then bought after them."""
        return self.blend.collaborative.recommend(things) + AFTER * self.blend.sequential.recommend(things)

    def is_alike(self, product: int, other: int) -> bool:
        """Whether two products may be called similar."""
        same_kind = bool(self.items[product].kinds & self.items[other].kinds)
        return same_kind or bool(self.blend.content.near(product, np.array([other]))[0] >= ALIKE)

    @cached_property
    def ratings(self) -> Vector:
        """The ratings of the well rated products in [0, 1], 0 for others; of equal ones the popular are higher."""
        stars = np.array([item.rating for item in self.items], dtype=np.float32)
        return np.where(stars >= WELL_RATED, (stars + self.blend.popularity.scores / 10) / 5.1, 0.0).astype(np.float32)

    def in_category(self, name: str) -> NDArray[np.bool_]:
        """Which products are of a category, however its name is written; shape (products,)."""
        names, of_products = self._categories
        return of_products == names.get(name.lower(), -1)

    @cached_property
    def _categories(self) -> tuple[Mapping[str, int], NDArray[np.intp]]:
        """The number of each category's name, and that of each product's category."""
        names = [(item.category or "").lower() for item in self.items]
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        return numbers, np.array([numbers[name] for name in names], dtype=np.intp)

    @cached_property
    def _of_kind(self) -> Mapping[tuple[str, ...], list[int]]:
        found: dict[tuple[str, ...], list[int]] = {}
        for number, item in enumerate(self.items):
            for kind in item.kinds:
                found.setdefault(kind, []).append(number)
        return found


def fit(session: Session, store: VectorStore) -> Fitted:
    """Reads the shop and learns from it. Without vectors in ``store`` it works without content."""
    products = all_products(session)
    items = tuple(
        Item(row.id, row.name, _category(row), kinds(row), one_off_kinds(row), row.rating or 0.0) for row in products
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


def _category(row: Product) -> str | None:
    return row.category.name if row.category else None


def _popular(items: tuple[Item, ...], scores: Vector) -> frozenset[int]:
    """The most popular ones of each category."""
    by_category: dict[str | None, list[int]] = {}
    for index in np.argsort(-scores, kind="stable"):
        if scores[index] > 0:
            by_category.setdefault(items[index].category, []).append(int(index))
    return frozenset(index for group in by_category.values() for index in group[:POPULAR])
