"""Orders that were changed in the chat, and that the shop's export does not know so yet."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db.models import Order, OrderChange, OrderItem, Return
from actions.shop_import.problems import BrokenRecord
from actions.shop_import.records import OrderRecord

NOT_SHIPPED = ("pending", "processed")


def is_ahead(session: Session, order: Order, record: OrderRecord, status: str) -> bool:
    """Whether the order as we have it is newer than ``record``, so that the record must not be taken over.

    Raises:
        BrokenRecord: the shop went on with the order as if it had not been changed.
    """
    if order.cancelled_by == "chat":
        if status in (*NOT_SHIPPED, "cancelled"):
            return True
        raise BrokenRecord(".status", f"is {record.status!r}, but the order was cancelled in the chat: please check.")
    kinds = set(session.scalars(select(OrderChange.kind).where(OrderChange.order_id == order.id)))
    if status == "delivered" and ("exchange" in kinds or _comes_back(session, order)):
        return True
    told = {"items": _same_items(session, order, record), "address": _same_address(order, record)}
    told["quantity"] = _same_pieces(session, order, record)
    told["payment"] = order.payment_method_id in {entry.payment_method_id for entry in record.payment_history}
    missing = sorted(kind for kind, same in told.items() if kind in kinds and not same)
    if missing and status not in NOT_SHIPPED:
        raise BrokenRecord(
            ".status",
            f"is {record.status!r}, but the record does not have what was changed in the chat "
            f"({', '.join(missing)}): please check.",
        )
    return bool(missing)


def _comes_back(session: Session, order: Order) -> bool:
    query = select(Return.id).where(Return.order_id == order.id, Return.state == "requested")
    return order.status == "return_requested" and session.scalar(query.limit(1)) is not None


def _same_items(session: Session, order: Order, record: OrderRecord) -> bool:
    # Not order.items: the import writes these rows anew, and the session must not hold them then.
    ours = session.scalars(select(OrderItem.variant_id).where(OrderItem.order_id == order.id))
    return sorted(variant_id or "" for variant_id in ours) == sorted(item.item_id for item in record.items)


def _same_pieces(session: Session, order: Order, record: OrderRecord) -> bool:
    query = select(OrderItem.variant_id, OrderItem.quantity).where(OrderItem.order_id == order.id)
    ours: Counter[str] = Counter()
    for variant_id, pieces in session.execute(query):
        ours[variant_id or ""] += pieces
    theirs: Counter[str] = Counter()
    for item in record.items:
        theirs[item.item_id] += item.quantity
    return ours == theirs


def _same_address(order: Order, record: OrderRecord) -> bool:
    ours = (order.ship_line1, order.ship_line2, order.ship_city, order.ship_zip)
    theirs = record.address
    return ours == (theirs.address1, theirs.address2, theirs.city, theirs.zip)
