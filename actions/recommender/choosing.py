"""From scores to a few products: what may be recommended, in an order with some variety."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import numpy as np
from sqlalchemy.orm import Session

from actions.recommender.fitted import Fitted, Item, Kinds
from actions.recommender.kinds import is_recent
from actions.recommender.models import Vector
from actions.recommender.signals import History
from actions.services.catalog_rows import all_products, product_view
from actions.services.filters import fitting
from actions.services.views import ProductView, SearchQuery

BATCH = 5


@dataclass(frozen=True)
class Limits:
    """``without``: product ids; ``without_kinds``: of which the customer has one already."""

    category: str | None = None
    price_max: int | None = None
    without: frozenset[str] = frozenset()
    without_kinds: Kinds = frozenset()
    varied: bool = True


@dataclass
class _Chosen:
    views: list[ProductView] = field(default_factory=list)
    kinds: set[tuple[str, ...]] = field(default_factory=set)


def bought_kinds(fitted: Fitted, history: History, now: datetime) -> Kinds:
    """The kinds of one-off things that the customer has bought lately."""
    recent = [product_id for product_id, at in history.bought.items() if is_recent(at, now)]
    known = [fitted.items[fitted.number[product_id]] for product_id in recent if product_id in fitted.number]
    return frozenset(kind for item in known for kind in item.one_off)


def choose(session: Session, fitted: Fitted, scores: Vector, limits: Limits, count: int) -> list[ProductView]:
    """The best ``count`` that can be had now: stock and price are read here, not at the time of fitting."""
    chosen = _Chosen()
    candidates = (item for item in _ranked(fitted, scores) if _allowed(item, limits))
    query = SearchQuery(price_max=limits.price_max, in_stock_only=True)
    for batch in _batches(candidates):
        views = _views(session, batch, query)
        for item in batch:
            if item.product_id in views and not (limits.varied and chosen.kinds & item.kinds):
                chosen.views.append(views[item.product_id])
                chosen.kinds |= item.kinds
            if len(chosen.views) == count:
                return chosen.views
    return chosen.views


def _ranked(fitted: Fitted, scores: Vector) -> Iterator[Item]:
    """Best first; equal ones in the fixed order of the products."""
    return (fitted.items[index] for index in np.argsort(-scores, kind="stable"))


def _allowed(item: Item, limits: Limits) -> bool:
    return (
        item.product_id not in limits.without
        and not item.kinds & limits.without_kinds
        and (limits.category is None or (item.category or "").lower() == limits.category.lower())
    )


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    while batch := list(islice(items, BATCH)):
        yield batch


def _views(session: Session, items: list[Item], query: SearchQuery) -> dict[str, ProductView]:
    rows = all_products(session, [item.product_id for item in items])
    views = [product_view(row, variants) for row in rows if (variants := fitting(row, query))]
    return {view.product_id: view for view in views if view is not None}
