"""What the bandit learns from: the places that it filled, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Order, OrderItem, ShownRecommendation
from actions.recommender.signals import KEPT

BOUGHT, ASKED, NOTHING = 1.0, 0.3, 0.0
"""What it is worth that a recommended product was bought, or asked about (or its link followed), or neither."""
BOUGHT_WITHIN = timedelta(days=14)
RIPE_AFTER = timedelta(hours=1)
"""Before that, nothing is no answer yet."""
NEWEST = 20_000


@dataclass(frozen=True)
class Lesson:
    """One place that the bandit filled, with what it knew then, and the reward in [0, 1]."""

    arm: str
    context: Mapping[str, float]
    reward: float


@dataclass(frozen=True)
class TakenUp:
    """How many products an arm showed, and how many of them were asked about, and bought."""

    arm: str
    is_learned: bool
    shown: int
    asked: int
    bought: int


def read_lessons(session: Session, now: datetime | None = None) -> list[Lesson]:
    """The newest lessons. A place that the bandit did not fill teaches nothing: nothing else could have stood there."""
    row, now = ShownRecommendation, now or utc_now()
    query = (
        select(row.id, row.arm, row.context, row.asked_at, row.shown_at)
        .where(row.is_learned)
        .order_by(row.id.desc())
        .limit(NEWEST)
    )
    bought, lessons = bought_ids(session), []
    for shown_id, arm, context, asked_at, shown_at in session.execute(query):
        reward = BOUGHT if shown_id in bought else ASKED if asked_at is not None else NOTHING
        if reward or now - shown_at >= RIPE_AFTER:
            lessons.append(Lesson(arm, context, reward))
    return lessons


def taken_up(session: Session) -> list[TakenUp]:
    """What became of everything in the log, by arm, those that the bandit chose apart."""
    row, bought = ShownRecommendation, bought_ids(session)
    counts: dict[tuple[str, bool], list[int]] = {}
    query = select(row.id, row.arm, row.is_learned, row.asked_at).order_by(row.arm, row.is_learned)
    for shown_id, arm, is_learned, asked_at in session.execute(query):
        found = counts.setdefault((arm, is_learned), [0, 0, 0])
        for place, is_so in enumerate((True, asked_at is not None, shown_id in bought)):
            found[place] += is_so
    return [TakenUp(arm, is_learned, *found) for (arm, is_learned), found in counts.items()]


def bought_ids(session: Session) -> set[int]:
    """The ids of the recommendations whose product the customer ordered soon after, and kept so far."""
    row = ShownRecommendation
    query = (
        select(row.id, row.shown_at, Order.placed_at)
        .join(Order, Order.customer_id == row.customer_id)
        .join(OrderItem, (OrderItem.order_id == Order.id) & (OrderItem.product_id == row.product_id))
        .where(Order.status.in_(KEPT), Order.placed_at >= row.shown_at)
    )
    return {
        shown_id
        for shown_id, shown_at, placed_at in session.execute(query)
        if placed_at is not None and placed_at - shown_at <= BOUGHT_WITHIN
    }
