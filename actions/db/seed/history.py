"""An order in a given state, with everything that follows from the state: payment, parcel, return, refund, invoice."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from actions.db.models import Order, OrderItem, Payment, PaymentMethod, Refund, Return, Shipment, Variant
from actions.db.models.base import Base
from actions.db.seed.parcels import parcel
from actions.db.seed.people import Person

SHIPPED = ("shipped", "delivered", "return_requested", "returned", "refunded")
REASONS = ("It does not fit", "I like the other colour better", "It is smaller than I thought", "A gift")
CANCEL_REASONS = ("Ordered by mistake", "Found it elsewhere", "No longer needed", "Takes too long")


@dataclass(frozen=True)
class Plan:
    """What is to be told: who ordered what and when, and how far it has come. ``late``: overdue on the seed day."""

    order_id: str
    person: Person
    status: str
    placed_at: datetime
    lines: tuple[tuple[Variant, str, int], ...]  # variant, product name, quantity
    method: PaymentMethod
    late: bool = False


def tell(plan: Plan, day: datetime, chance: random.Random) -> list[Base]:
    """The rows of the order, parents first."""
    order = _order(plan, day)
    order.items = [_item(number, *line) for number, line in enumerate(plan.lines, start=1)]
    order.payments = [
        Payment(
            payment_method_id=plan.method.id,
            amount_minor=order.total_minor,
            currency=order.currency,
            paid_at=plan.placed_at,
        )
    ]
    if plan.status in SHIPPED:
        order.shipments = [_shipment(plan, order, day, chance)]
    return [order, *_afterwards(plan, order, day, chance)]


def _order(plan: Plan, day: datetime) -> Order:
    home = plan.person.address
    promised = day - timedelta(days=3) if plan.late else plan.placed_at + timedelta(days=6)
    return Order(
        id=plan.order_id,
        customer_id=plan.person.row.id,
        status=plan.status,
        placed_at=plan.placed_at,
        promised_at=promised.replace(hour=20, minute=0, second=0),
        total_minor=sum(variant.price_minor * quantity for variant, _, quantity in plan.lines),
        currency=plan.lines[0][0].currency,
        ship_line1=home.line1,
        ship_line2=home.line2,
        ship_city=home.city,
        ship_state=home.state,
        ship_zip=home.zip_code,
        ship_country=home.country,
        payment_method_id=plan.method.id,
        source="demo",
    )


def _item(number: int, variant: Variant, name: str, quantity: int) -> OrderItem:
    return OrderItem(
        line=number,
        product_id=variant.product_id,
        variant_id=variant.id,
        name=name,
        options=variant.options,
        quantity=quantity,
        unit_price_minor=variant.price_minor,
    )


def _shipment(plan: Plan, order: Order, day: datetime, chance: random.Random) -> Shipment:
    lines = [item.line for item in order.items]
    return parcel(plan.placed_at, order.ship_city, lines, day, chance, arrived=plan.status != "shipped", late=plan.late)


def _afterwards(plan: Plan, order: Order, day: datetime, chance: random.Random) -> list[Base]:
    if plan.status == "cancelled":
        order.cancelled_at = min(plan.placed_at + timedelta(hours=chance.randint(1, 20)), day)
        order.cancelled_by, order.cancel_reason = "shop", chance.choice(CANCEL_REASONS)
        return [_refund(plan, order, "cancellation", order.cancelled_at, day)]
    if plan.status not in ("return_requested", "returned", "refunded"):
        return []
    requested = min(plan.placed_at + timedelta(days=12), day - timedelta(hours=5))
    received = requested + timedelta(days=6)
    back = Return(
        order_id=order.id,
        state={"return_requested": "requested", "returned": "received", "refunded": "refunded"}[plan.status],
        reason=chance.choice(REASONS),
        lines=[item.line for item in order.items],
        requested_at=requested,
        received_at=None if plan.status == "return_requested" else received,
    )
    if plan.status == "return_requested":
        return [back]
    return [back, _refund(plan, order, "return", received, day, paid=plan.status == "refunded")]


def _refund(plan: Plan, order: Order, cause: str, at: datetime, day: datetime, paid: bool | None = None) -> Refund:
    expected = at if plan.method.kind == "gift_card" else at + timedelta(days=9)
    is_paid = expected <= day if paid is None else paid
    return Refund(
        order_id=order.id,
        payment_method_id=plan.method.id,
        cause=cause,
        state="paid" if is_paid else "pending",
        amount_minor=order.total_minor,
        currency=order.currency,
        requested_at=at,
        expected_by=expected,
        paid_at=min(expected, day) if is_paid else None,
    )
