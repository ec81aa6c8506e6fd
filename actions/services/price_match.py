"""What an order would cost today: the facts for somebody who saw a price fall after buying."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Variant
from actions.services.money import Money
from actions.services.order_rows import item_view, visible_order
from actions.services.policy import Policy
from actions.services.views import ItemView


@dataclass(frozen=True)
class Fallen:
    """An item that costs less now, and what that makes for all of its pieces."""

    item: ItemView
    price_now: Money
    difference: Money


@dataclass(frozen=True)
class PriceMatch:
    """``within_days``: how long after an order the shop pays a difference. ``in_time`` is None without a date."""

    order_id: str
    fallen: tuple[Fallen, ...]
    in_time: bool | None
    within_days: int


def price_match(session: Session, viewer: Viewer, order_id: str, policy: Policy) -> PriceMatch:
    """Which items of the order cost less now. Changes nothing: the money is for a person of the shop.

    Raises:
        NotFound, NeedsIdentification: as ``orders.get_order``.
    """
    order, days = visible_order(session, viewer, order_id), policy.price_match.within_days
    fallen = []
    for item in order.items:
        variant = session.get(Variant, item.variant_id) if item.variant_id else None
        if variant is not None and variant.price_minor < item.unit_price_minor:
            less = (item.unit_price_minor - variant.price_minor) * item.quantity
            view = item_view(item, order.currency)
            fallen.append(Fallen(view, Money(variant.price_minor, order.currency), Money(less, order.currency)))
    in_time = None if order.placed_at is None else utc_now() <= order.placed_at + timedelta(days=days)
    return PriceMatch(order.id, tuple(fallen), in_time, days)
