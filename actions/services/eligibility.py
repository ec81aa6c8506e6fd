"""Whether the policy allows to change an order in some way, and the sentence where it does not."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Order, OrderChange, Return
from actions.services.policy import CHANGES, Policy, Rule

_STATE = {
    "pending": "is still being prepared",
    "processed": "is packed but has not been shipped yet",
    "shipped": "has already been shipped",
    "delivered": "has already been delivered",
    "cancelled": "is already cancelled",
    "exchange_requested": "has an exchange under way",
    "return_requested": "is already on its way back to us as a return",
    "returned": "has already been returned",
    "refunded": "has already been refunded",
}
_CANNOT = {
    "cancel": "it can't be cancelled any more",
    "items": "its items can't be changed any more",
    "quantity": "the number of its pieces can't be changed any more",
    "address": "its address can't be changed any more",
    "payment": "how it is paid can't be changed any more",
    "returns": "there is nothing to send back",
    "exchange": "there is nothing to exchange",
}
_ONCE = {
    "items": "The items of order {id} were changed once already. A second change is for our team.",
    "quantity": "The number of pieces in order {id} was changed once already. A second change is for our team.",
    "address": "The address of order {id} was changed once already. A second change is for our team.",
    "payment": "How order {id} is paid was changed once already. A second change is for our team.",
    "returns": "Something of order {id} was returned already. Another return is for our team.",
    "exchange": "Something of order {id} was exchanged already. Another exchange is for our team.",
}


def why_not(session: Session, order: Order, kind: str, policy: Policy) -> str | None:
    """A sentence for the shopper where ``kind`` of change is not allowed now; None where it is."""
    rule = policy.rule(kind)
    if not rule.states:
        return f"In this shop {_CANNOT[kind].removesuffix(' any more')}."
    if order.status not in rule.states:
        return f"Order {order.id} {_STATE[order.status]}, so {_CANNOT[kind]}."
    if rule.once and times_made(session, order, kind):
        return _ONCE.get(kind, "Order {id} was changed already.").format(id=order.id)
    return _too_late(order, rule, kind)


def times_made(session: Session, order: Order, kind: str) -> int:
    """How often a shopper has made this kind of change to the order."""
    if kind == "returns":
        made = select(func.count()).where(Return.order_id == order.id)
    else:
        made = select(func.count()).where(OrderChange.order_id == order.id, OrderChange.kind == kind)
    return session.scalar(made) or 0


def possible(session: Session, order: Order, policy: Policy) -> tuple[str, ...]:
    """The kinds of change that the policy allows for ``order`` now."""
    return tuple(kind for kind in CHANGES if why_not(session, order, kind, policy) is None)


def arrived_at(order: Order) -> datetime | None:
    """When its last parcel arrived; None where that is not known."""
    times = [parcel.delivered_at for parcel in order.shipments]
    return max(time for time in times if time) if times and all(times) else None


def _too_late(order: Order, rule: Rule, kind: str) -> str | None:
    arrived = arrived_at(order)
    if rule.within_days is None or arrived is None:
        return None
    if utc_now() <= arrived + timedelta(days=rule.within_days):
        return None
    what = "sending back" if kind == "returns" else "exchanging" if kind == "exchange" else "this"
    return (
        f"Order {order.id} arrived on {arrived:%B} {arrived.day}, and the {rule.within_days} days for {what} are over."
    )
