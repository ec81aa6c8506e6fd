"""What can be checked of an order after a conversation, and the orders that conversations are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from actions.db.models import (
    Customer,
    Order,
    OrderChange,
    OrderItem,
    OutboxMail,
    PaymentMethod,
    Refund,
    Return,
    Ticket,
    Variant,
)

FRESH = timedelta(days=25)


@dataclass(frozen=True)
class Given:
    """An order, and what its owner knows of it. ``{}`` fields of the wordings are these attributes."""

    order: str
    email: str
    zip: str
    item: str


def find_order(engine: Engine, wanted: dict[str, Any], taken: dict[str, str]) -> Given:
    """An order as ``wanted`` that has no part in another conversation yet, if possible of a customer who has none.

    Args:
        taken: the customers by their orders that were found before; the one that is found joins them.

    Raises:
        AssertionError: the demo shop has none left.
    """
    query = select(Order).where(Order.status == wanted.get("status", "pending")).order_by(Order.id)
    parts = (selectinload(Order.items), selectinload(Order.shipments), joinedload(Order.payment_method))
    with Session(engine) as session:
        orders = [order for order in session.scalars(query.options(*parts)) if order.id not in taken]
        known = set(taken.values())
        for order in sorted(orders, key=lambda order: order.customer_id in known):
            if not order.customer_id.startswith("demo-") and _fits(session, order, wanted):
                taken[order.id] = order.customer_id
                return _given(session, order)
    raise AssertionError(f"The demo shop has no order left with {wanted}.")


def facts(engine: Engine, order_id: str, email: str) -> dict[str, Any]:
    """What a conversation has done to an order and for its customer."""
    with Session(engine) as session:
        order = session.get_one(Order, order_id)
        customer = session.scalars(select(Customer).where(Customer.email == email)).one()

        def count(table: Any, *where: Any) -> int:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

        items = session.scalars(select(OrderItem).where(OrderItem.order_id == order_id).order_by(OrderItem.line)).all()
        adds_up = order.total_minor == sum(item.unit_price_minor * item.quantity for item in items)
        return {
            "status": order.status,
            "city": order.ship_city,
            "zip": order.ship_zip,
            "returns": count(Return, Return.order_id == order_id),
            "refunds": count(Refund, Refund.order_id == order_id),
            "changes": count(OrderChange, OrderChange.order_id == order_id),
            "orders": count(Order, Order.customer_id == customer.id, Order.source == "chat"),
            "tickets": count(Ticket, Ticket.email == email),
            "mails": count(OutboxMail, OutboxMail.recipient == email, OutboxMail.subject != "Your code"),
            "adds_up": adds_up,
        }


def _fits(session: Session, order: Order, wanted: dict[str, Any]) -> bool:
    names = {item.name for item in order.items}
    if len(names) < wanted.get("items", 1) or len(names) != len(order.items):
        return False
    if len(names) > wanted.get("most_items", 9):
        return False
    if order.status == "delivered" and "old" not in wanted:
        times = [parcel.delivered_at for parcel in order.shipments if parcel.delivered_at]
        if not times or max(times) < datetime.now(UTC).replace(tzinfo=max(times).tzinfo) - FRESH:
            return False
    if wanted.get("swappable") and not _other_variants(session, order.items[0]):
        return False
    methods = session.scalars(select(PaymentMethod).where(PaymentMethod.customer_id == order.customer_id)).all()
    if "methods" in wanted and len(methods) != wanted["methods"]:
        return False
    return "pays_with" not in wanted or (
        order.payment_method is not None and order.payment_method.kind == wanted["pays_with"]
    )


def _other_variants(session: Session, item: OrderItem) -> bool:
    query = select(Variant).where(Variant.product_id == item.product_id, Variant.id != item.variant_id)
    return any(
        row.stock is not None and row.stock > item.quantity and row.price_minor == item.unit_price_minor
        for row in session.scalars(query)
    )


def _given(session: Session, order: Order) -> Given:
    customer = session.get_one(Customer, order.customer_id)
    return Given(order.id, customer.email, order.ship_zip, order.items[0].name)
