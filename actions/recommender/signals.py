"""What customers did: read from interactions and, as the truth about purchases, from orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Executable, bindparam, select
from sqlalchemy.orm import Session

from actions.db.models import Interaction, Order, OrderItem

KEPT = ("pending", "processed", "shipped", "delivered")
"""States of orders whose items the customer has kept so far. What went back recommends nothing."""
WEIGHTS = {"view": 1.0, "cart": 2.0, "purchase": 3.0}
BAD_STARS = 2.0
NEWEST = 500_000
FIRST = datetime.min.replace(tzinfo=UTC)
"""Stands for a time that is not known."""

_ORDERED = (
    select(Order.customer_id, OrderItem.product_id, Order.status, Order.placed_at)
    .join(Order.items)
    .where(OrderItem.product_id.is_not(None), Order.status != "cancelled")
    .order_by(Order.placed_at.desc(), Order.id, OrderItem.line)
    .limit(NEWEST)
)
_ORDERED_BY = _ORDERED.where(Order.customer_id == bindparam("customer"))
# Without the purchases of orders that we have: the orders tell them, and what became of them.
_DONE = (
    select(Interaction.customer_id, Interaction.product_id, Interaction.kind, Interaction.value, Interaction.at)
    .where((Interaction.kind != "purchase") | Interaction.order_id.is_(None))
    .order_by(Interaction.id.desc())
    .limit(NEWEST)
)
_DONE_BY = _DONE.where(Interaction.customer_id == bindparam("customer"))


@dataclass(frozen=True)
class Signal:
    """``kind``: view, cart, purchase, returned or disliked. ``at`` is None where it is not known."""

    customer_id: str
    product_id: str
    kind: str
    at: datetime | None


@dataclass
class History:
    """One customer. ``weights``: product → how much was done with it, in the order of the last time, oldest first;
    ``bought``: product → when last, if kept; ``unwanted``: what was disliked or sent back."""

    weights: dict[str, float] = field(default_factory=dict)
    bought: dict[str, datetime | None] = field(default_factory=dict)
    unwanted: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.weights)


def read_signals(session: Session, customer_id: str | None = None) -> list[Signal]:
    """All signals (of the newest half million interactions and items), or those of one customer."""
    return [*_from_orders(session, customer_id), *_from_interactions(session, customer_id)]


def histories(signals: Iterable[Signal]) -> dict[str, History]:
    """Customer → history. What was disliked or sent back counts for nothing, but stays known as bought if kept.

    Signals without a time count as older than all with one.
    """
    found: dict[str, History] = {}
    for signal in sorted(signals, key=lambda signal: signal.at or FIRST):
        history = found.setdefault(signal.customer_id, History())
        if signal.kind not in WEIGHTS:
            history.unwanted.add(signal.product_id)
            continue
        weights = history.weights
        weights[signal.product_id] = weights.pop(signal.product_id, 0.0) + WEIGHTS[signal.kind]
        if signal.kind == "purchase":
            history.bought[signal.product_id] = _later(history.bought.get(signal.product_id), signal.at)
    for history in found.values():
        for product_id in history.unwanted:
            history.weights.pop(product_id, None)
    return found


def _from_orders(session: Session, customer_id: str | None) -> list[Signal]:
    return [
        Signal(customer, product, "purchase" if status in KEPT else "returned", at)
        for customer, product, status, at in _rows(session, _ORDERED, _ORDERED_BY, customer_id)
        if product is not None
    ]


def _from_interactions(session: Session, customer_id: str | None) -> list[Signal]:
    return [
        Signal(customer, product, kind, at)
        for customer, product, told, value, at in _rows(session, _DONE, _DONE_BY, customer_id)
        if (kind := _kind(told, value)) is not None
    ]


def _rows(session: Session, all_of: Executable, of_one: Executable, customer_id: str | None) -> Iterable[Any]:
    if customer_id is None:
        return session.execute(all_of)
    return session.execute(of_one, {"customer": customer_id})


def _kind(told: str, value: float | None) -> str | None:
    if told == "rating":
        return "disliked" if value is not None and value <= BAD_STARS else None
    return told if told in WEIGHTS else None


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
