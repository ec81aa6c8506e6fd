"""From scores to a few products: what may be recommended, in an order with some variety."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from actions.db.models import Variant
from actions.recommender.fitted import Fitted, Item, Kinds
from actions.recommender.kinds import is_recent
from actions.recommender.models import Vector
from actions.recommender.signals import History
from actions.services.catalog_rows import all_products, product_view
from actions.services.filters import fitting
from actions.services.views import ProductView, SearchQuery

FIRST_BATCH, LARGEST_BATCH = 24, 200
RANKED_FIRST = 100
_PRICES = select(Variant.product_id, Variant.price_minor).where(
    Variant.product_id.in_(bindparam("ids", expanding=True)), or_(Variant.stock.is_(None), Variant.stock > 0)
)


@dataclass(frozen=True)
class Limits:
    """``without``: product ids; ``without_kinds``: of which the customer has one already.

    ``filters`` are what a variant must fit; that it can be had is always one of them.
    """

    category: str | None = None
    filters: SearchQuery = field(default_factory=SearchQuery)
    without: frozenset[str] = frozenset()
    without_kinds: Kinds = frozenset()
    varied: bool = True


class Chooser:
    """Takes products one after the other, none twice. Stock and price are read here, not at the time of fitting."""

    def __init__(self, session: Session, fitted: Fitted, limits: Limits) -> None:
        self._session, self._fitted, self._limits = session, fitted, limits
        self._query = replace(limits.filters, product=None, in_stock_only=True)
        self._there: dict[str, bool] = {}
        self._views: dict[str, ProductView | None] = {}
        self._taken: set[str] = set()
        self._kinds: set[tuple[str, ...]] = set()

    def take(self, scores: Vector, count: int, *, above: float = -np.inf) -> list[ProductView]:
        """The best ``count`` that are left and fit; fewer where no more have a score ``above`` that."""
        found: list[ProductView] = []
        if count < 1:
            return found
        available = self._available(scores, above)
        while chunk := list(islice(available, count + 1)):
            self._load([item.product_id for item in chunk])
            for item in chunk:
                view = self._views[item.product_id]
                if view is not None and self._is_free(item):
                    found.append(view)
                    self._taken.add(item.product_id)
                    self._kinds |= item.kinds
                if len(found) == count:
                    return found
        return found

    def read(self, wants: Sequence[tuple[Vector, int, float]]) -> None:
        """Reads at once what ``take`` will probably need, which is quicker; each of ``wants`` are its arguments."""
        batches = [list(islice(self._candidates(scores, above), FIRST_BATCH)) for scores, _, above in wants]
        self._look([item.product_id for batch in batches for item in batch])
        found: list[str] = []
        for batch, (_, count, _) in zip(batches, wants, strict=True):
            there = (item.product_id for item in batch if self._there[item.product_id])
            found += islice((product_id for product_id in there if product_id not in found), count + 1)
        self._load(found)

    def _available(self, scores: Vector, above: float) -> Iterator[Item]:
        """Best first, those of which something is in stock at such a price."""
        candidates, size = self._candidates(scores, above), FIRST_BATCH
        while batch := list(islice(candidates, size)):
            self._look([item.product_id for item in batch])
            yield from (item for item in batch if self._there[item.product_id] and self._is_free(item))
            size = min(5 * size, LARGEST_BATCH)

    def _candidates(self, scores: Vector, above: float) -> Iterator[Item]:
        if self._limits.category is not None:
            scores = np.where(self._fitted.in_category(self._limits.category), scores, -np.inf)
        ranked = (self._fitted.items[index] for index in _ranked(scores, above))
        return (item for item in ranked if self._is_allowed(item))

    def _is_allowed(self, item: Item) -> bool:
        return item.product_id not in self._limits.without and not item.kinds & self._limits.without_kinds

    def _is_free(self, item: Item) -> bool:
        is_alike = self._limits.varied and bool(self._kinds & item.kinds)
        return item.product_id not in self._taken and not is_alike

    def _look(self, product_ids: list[str]) -> None:
        """Notes which products have a variant in stock within the price limits."""
        new = list(dict.fromkeys(product_id for product_id in product_ids if product_id not in self._there))
        if not new:
            return
        self._there.update(dict.fromkeys(new, False))
        least, most = self._query.price_min, self._query.price_max
        for product_id, price in self._session.execute(_PRICES, {"ids": new}):
            if (least is None or price >= least) and (most is None or price <= most):
                self._there[product_id] = True

    def _load(self, product_ids: list[str]) -> None:
        """Reads products, with the variants that fit all filters."""
        new = [product_id for product_id in product_ids if product_id not in self._views]
        if not new:
            return
        self._views.update(dict.fromkeys(new))
        for row in all_products(self._session, new):
            variants = fitting(row, self._query)
            self._views[row.id] = product_view(row, variants) if variants else None


def bought_kinds(fitted: Fitted, history: History, now: datetime) -> Kinds:
    """The kinds of one-off things that the customer has bought lately."""
    recent = [product_id for product_id, at in history.bought.items() if is_recent(at, now)]
    known = [fitted.items[fitted.number[product_id]] for product_id in recent if product_id in fitted.number]
    return frozenset(kind for item in known for kind in item.one_off)


def _ranked(scores: Vector, above: float) -> Iterator[int]:
    """The numbers of the products with a score ``above`` that, best first; equal ones in the order of their numbers."""
    known = np.flatnonzero(scores > above)
    if len(known) > RANKED_FIRST:  # sorting them all takes longer than all else, and few are needed
        least = np.partition(scores[known], -RANKED_FIRST)[-RANKED_FIRST]
        yield from _sorted(scores, known[scores[known] >= least])
        known = known[scores[known] < least]
    yield from _sorted(scores, known)


def _sorted(scores: Vector, numbers: NDArray[np.intp]) -> list[int]:
    best_first: list[int] = numbers[np.argsort(-scores[numbers], kind="stable")].tolist()
    return best_first
