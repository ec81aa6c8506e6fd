"""Orders with items, payments, parcels and refunds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import (
    Base,
    Customer,
    Interaction,
    Order,
    OrderChange,
    OrderItem,
    Payment,
    PaymentMethod,
    Product,
    Refund,
    Shipment,
    TrackingEventRow,
    Variant,
)
from actions.db.models.orders import STATUSES
from actions.services.order_rows import normalise_order_id
from actions.shop_import.chat_changes import is_ahead
from actions.shop_import.problems import BrokenRecord, check_texts, is_storable, minor, option_texts, parse
from actions.shop_import.records import ItemRecord, OrderRecord

_ITEMS_CHANGED = "pending (item modified)"
_STATUS_WORDS = {_ITEMS_CHANGED: "pending", "canceled": "cancelled"}


def preload_for_orders(session: Session, records: dict[str, Any]) -> list[Base]:
    """Customers, means of payment and products of a batch in a few statements; hold them while the batch goes in."""
    names = _ids([data for data in records.values() if isinstance(data, dict)], "user_id")
    items = [item for data in records.values() for item in _listed(data, "items")]
    rows: list[Base] = list(session.scalars(select(Customer).where(Customer.id.in_(names))))
    rows += session.scalars(select(PaymentMethod).where(PaymentMethod.customer_id.in_(names)))
    for table, field in ((Variant, "item_id"), (Product, "product_id")):
        rows += session.scalars(select(table).where(table.id.in_(_ids(items, field))))
    return rows


def _ids(rows: list[dict[str, Any]], name: str) -> set[str]:
    values = [row.get(name) for row in rows]
    return {value for value in values if isinstance(value, str) and is_storable(value)}


def _listed(data: Any, name: str) -> list[dict[str, Any]]:
    found = data.get(name) if isinstance(data, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def import_order(session: Session, key: str, data: Any, digest: str, currency: str) -> None:
    """Adds or updates one order. Times, carrier and tracking events that the export lacks stay unknown.

    What was changed in the chat stays until the shop's records tell it too.

    Raises:
        BrokenRecord: the record cannot be used, or contradicts what was changed in the chat.
    """
    record = parse(OrderRecord, data)
    status = _check(session, key, record)
    order = session.get(Order, key, with_for_update=True)  # the chat may be cancelling it
    if order is not None and is_ahead(session, order, record, status):
        order.import_digest = digest
        return
    is_known = order is not None
    order = order or Order(id=key, source="import")
    _fill(order, record, status, digest, currency)
    parts = [*_items(session, key, record, currency), *_money(session, key, record, status, currency)]
    order.total_minor = sum(row.unit_price_minor * row.quantity for row in parts if isinstance(row, OrderItem))
    if order.total_minor >= 2**31:
        raise BrokenRecord(".items", "cost more together than is possible.")
    order.payment_method_id = next((row.payment_method_id for row in parts if isinstance(row, Payment)), None)
    parts += [*_parcels(key, record)]
    check_texts(order, *parts)
    if is_known:
        _forget_parts(session, key)
    session.add(order)
    session.flush()
    session.add_all(parts)
    if status != "cancelled":
        session.add_all(_purchases(order, parts))
    if record.status.strip().lower() == _ITEMS_CHANGED and not is_known:
        details = {"import": record.status}
        session.add(OrderChange(order_id=key, kind="items", details=details, status_before=status, made_at=utc_now()))


def _check(session: Session, key: str, record: OrderRecord) -> str:
    if record.order_id != key:
        raise BrokenRecord(".order_id", f"is {record.order_id!r}, but the record stands under {key!r}.")
    if normalise_order_id(key) != key:
        raise BrokenRecord(".order_id", f"{key!r} is not an order number of the form #W1234567.")
    if session.get(Customer, record.user_id) is None:
        raise BrokenRecord(".user_id", f"there is no user {record.user_id!r}.")
    if not record.items:
        raise BrokenRecord(".items", "is empty.")
    status = record.status.strip().lower()
    status = _STATUS_WORDS.get(status, status).replace(" ", "_")
    if status not in STATUSES:
        raise BrokenRecord(".status", f"{record.status!r} is none of {', '.join(STATUSES)}.")
    return status


def _fill(order: Order, record: OrderRecord, status: str, digest: str, currency: str) -> None:
    order.customer_id, order.status, order.currency = record.user_id, status, currency
    order.placed_at = _moment(record.placed_at)
    order.ship_line1, order.ship_line2 = record.address.address1, record.address.address2
    order.ship_city, order.ship_state = record.address.city, record.address.state
    order.ship_zip, order.ship_country = record.address.zip, record.address.country
    order.cancelled_by = "shop" if status == "cancelled" else None
    order.import_digest = digest


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BrokenRecord(".placed_at", f"{text!r} is not a time such as 2026-11-24T09:30:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _items(session: Session, key: str, record: OrderRecord, currency: str) -> Iterator[OrderItem]:
    for number, item in enumerate(record.items, start=1):
        where = f".items[{number - 1}]"
        if not 1 <= item.quantity <= 100_000:
            raise BrokenRecord(f"{where}.quantity", f"{item.quantity} is not a possible number of pieces.")
        variant_id, product_id = _known(session, item)
        yield OrderItem(
            order_id=key,
            line=number,
            product_id=product_id,
            variant_id=variant_id,
            name=item.name,
            options=option_texts(item.options, f"{where}.options"),
            quantity=item.quantity,
            unit_price_minor=minor(item.price, currency, f"{where}.price"),
        )


def _known(session: Session, item: ItemRecord) -> tuple[str | None, str | None]:
    """What the catalogue knows of an item; an order may hold things that are no longer in it."""
    variant, product = session.get(Variant, item.item_id), session.get(Product, item.product_id)
    return (variant.id if variant else None), (product.id if product else None)


def _money(session: Session, key: str, record: OrderRecord, status: str, currency: str) -> Iterator[Base]:
    refunds: dict[str, int] = {}
    for number, entry in enumerate(record.payment_history):
        where = f".payment_history[{number}]"
        method = session.get(PaymentMethod, entry.payment_method_id)
        if method is None or method.customer_id != record.user_id:
            raise BrokenRecord(
                f"{where}.payment_method_id", f"user {record.user_id!r} has no {entry.payment_method_id!r}."
            )
        amount = minor(entry.amount, currency, f"{where}.amount")
        if entry.transaction_type == "payment":
            yield Payment(order_id=key, payment_method_id=method.id, amount_minor=amount, currency=currency)
        elif entry.transaction_type == "refund":
            refunds[method.id] = refunds.get(method.id, 0) + amount
        else:
            raise BrokenRecord(f"{where}.transaction_type", f"{entry.transaction_type!r} is no payment or refund.")
    cause = "cancellation" if status == "cancelled" else "return"
    for method_id, amount in refunds.items():
        yield Refund(
            order_id=key,
            payment_method_id=method_id,
            cause=cause,
            state="paid",
            amount_minor=amount,
            currency=currency,
        )


def _parcels(key: str, record: OrderRecord) -> Iterator[Shipment]:
    numbers = {number: item.item_id for number, item in enumerate(record.items, start=1)}
    for fulfillment in record.fulfillments:
        lines = [number for number, item_id in numbers.items() if item_id in fulfillment.item_ids]
        for tracking_number in dict.fromkeys(fulfillment.tracking_id):
            yield Shipment(order_id=key, tracking_number=tracking_number, lines=lines)


def _purchases(order: Order, parts: list[Base]) -> list[Interaction]:
    bought = dict.fromkeys(row.product_id for row in parts if isinstance(row, OrderItem) and row.product_id)
    return [
        Interaction(
            customer_id=order.customer_id, product_id=product_id, order_id=order.id, kind="purchase", at=order.placed_at
        )
        for product_id in bought
    ]


def _forget_parts(session: Session, key: str) -> None:
    """An order's parts are read anew as a whole."""
    parcels = select(Shipment.id).where(Shipment.order_id == key)
    session.execute(delete(TrackingEventRow).where(TrackingEventRow.shipment_id.in_(parcels)))
    for table in (OrderItem, Payment, Shipment, Refund, Interaction):
        session.execute(delete(table).where(table.order_id == key))
