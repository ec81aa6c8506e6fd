"""What can be checked of an order after a conversation, and the orders that conversations are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

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
from actions.services.erasure import OPEN

FRESH = timedelta(days=25)
OLD = timedelta(days=31)


@dataclass(frozen=True)
class Given:
    """An order, and what its owner knows of it. ``{}`` fields of the wordings are these attributes.

    ``new_email`` is an address that nobody has yet.
    """

    order: str
    customer: str
    email: str
    zip: str
    item: str
    new_email: str


def find_order(engine: Engine, wanted: dict[str, Any], taken: dict[str, str]) -> Given:
    """An order as ``wanted`` that has no part in another conversation yet, if possible of a customer who has none.

    Args:
        taken: the customers by their orders that were found before; the one that is found joins them.

    Raises:
        AssertionError: the demo shop has none left.
    """
    query = select(Order.id, Order.customer_id).where(Order.status == wanted.get("status", "pending"))
    with Session(engine) as session:
        rows = session.execute(query.where(Order.customer_id.not_like("demo-%")).order_by(Order.id)).all()
        known = set(taken.values())
        for order_id, customer_id in sorted(rows, key=lambda row: row.customer_id in known):
            order = None if order_id in taken else session.get_one(Order, order_id)
            if order is not None and _fits(session, order, wanted):
                taken[order_id] = customer_id
                return _given(session, order)
    raise AssertionError(f"The demo shop has no order left with {wanted}.")


def facts(engine: Engine, given: Given) -> dict[str, Any]:
    """What a conversation has done to an order and for its customer."""
    order_id, email = given.order, given.email
    with Session(engine) as session:
        order, customer = session.get_one(Order, order_id), session.get_one(Customer, given.customer)

        def count(table: Any, *where: Any) -> int:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

        items = session.scalars(select(OrderItem).where(OrderItem.order_id == order_id).order_by(OrderItem.line)).all()
        photos = session.scalars(select(Ticket.photos).where(Ticket.email == email)).all()
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
            "photos": sum(len(attached or ()) for attached in photos),
            "adds_up": adds_up,
            "pieces": sum(item.quantity for item in items),
            "lines": len(items),
            **_account(session, customer, given),
        }


def _account(session: Session, customer: Customer, given: Given) -> dict[str, Any]:
    rows = sorted(customer.addresses, key=lambda address: not address.is_default)
    made = select(func.count()).select_from(Customer).where(Customer.email == given.new_email)
    return {
        "name": f"{customer.first_name} {customer.last_name}",
        "newsletter": customer.newsletter,
        "kind": customer.kind,
        "erased": customer.erased_at is not None,
        "moved": customer.email == given.new_email,
        "home": rows[0].city if rows else None,
        "accounts": (session.scalar(made) or 0) - (customer.email == given.new_email),
    }


def _fits(session: Session, order: Order, wanted: dict[str, Any]) -> bool:
    names = {item.name for item in order.items}
    if len(names) < wanted.get("items", 1) or len(names) != len(order.items):
        return False
    if len(names) > wanted.get("most_items", 9):
        return False
    if order.status == "delivered" and not _is_of_age(order, old=wanted.get("old", False)):
        return False
    if "late" in wanted and wanted["late"] != (_ago(order.promised_at) > timedelta()):
        return False
    if wanted.get("cheaper") and _ago(order.placed_at) > timedelta(days=10):
        return False
    if wanted.get("dearer") and not _other_variants(session, order.items[0], dearer=True):
        return False
    if wanted.get("countable") and not _has_more(session, order.items[0]):
        return False
    if wanted.get("alone") and _open_orders(session, order):
        return False
    if wanted.get("swappable") and not _other_variants(session, order.items[0]):
        return False
    methods = session.scalars(select(PaymentMethod).where(PaymentMethod.customer_id == order.customer_id)).all()
    if "methods" in wanted and len(methods) != wanted["methods"]:
        return False
    others = {method.kind for method in methods if method.id != order.payment_method_id}
    if "other_method" in wanted and others != {wanted["other_method"]}:
        return False
    return "pays_with" not in wanted or (
        order.payment_method is not None and order.payment_method.kind in wanted["pays_with"]
    )


def _is_of_age(order: Order, *, old: bool) -> bool:
    times = [parcel.delivered_at for parcel in order.shipments if parcel.delivered_at]
    return bool(times) and (_ago(max(times)) > OLD if old else _ago(max(times)) < FRESH)


def _ago(moment: datetime) -> timedelta:
    return datetime.now(UTC) - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _has_more(session: Session, item: OrderItem) -> bool:
    variant = session.get(Variant, item.variant_id) if item.variant_id else None
    return variant is not None and (variant.stock or 0) > 6 and item.quantity < 5


def _open_orders(session: Session, order: Order) -> int:
    """What keeps the account of the order's customer from being deleted."""
    count = select(func.count()).select_from(Order).where(Order.customer_id == order.customer_id)
    pending = select(func.count()).select_from(Refund).join(Order, Order.id == Refund.order_id)
    pending = pending.where(Order.customer_id == order.customer_id, Refund.state == "pending")
    return (session.scalar(count.where(Order.status.in_(OPEN))) or 0) + (session.scalar(pending) or 0)


def _other_variants(session: Session, item: OrderItem, *, dearer: bool = False) -> bool:
    query = select(Variant).where(Variant.product_id == item.product_id, Variant.id != item.variant_id)
    return any(
        row.stock is not None
        and row.stock > item.quantity
        and (row.price_minor > item.unit_price_minor if dearer else row.price_minor == item.unit_price_minor)
        for row in session.scalars(query)
    )


def _given(session: Session, order: Order) -> Given:
    customer = session.get_one(Customer, order.customer_id)
    new_email = f"new{order.id.removeprefix('#W')}@shopper.example"
    return Given(order.id, customer.id, customer.email, order.ship_zip, order.items[0].name, new_email)
