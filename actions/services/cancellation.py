"""Cancel an order: quote first, then once."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Order, Refund, Variant
from actions.services.idempotency import IdempotencyKey, once
from actions.services.mails import enqueue
from actions.services.money import Money, format_money
from actions.services.order_rows import CANCELLABLE, normalise_order_id, order_view, own_order, require_verified
from actions.services.refund_money import describe, owed, send_back
from actions.services.views import Cancelled, CancelQuote
from contract.wire import Conflict

_WHY_NOT = {
    "shipped": "Order {id} has already been shipped, so it can't be cancelled any more. "
    "You can send it back when it has arrived.",
    "delivered": "Order {id} has already been delivered, so it can't be cancelled. You can return it instead.",
    "cancelled": "Order {id} is already cancelled.",
    "return_requested": "Order {id} is already on its way back to us as a return, so there is nothing to cancel.",
    "returned": "Order {id} has already been returned, so there is nothing to cancel.",
    "refunded": "Order {id} has already been refunded, so there is nothing to cancel.",
}


def quote(session: Session, viewer: Viewer, order_id: str) -> CancelQuote:
    """What a cancellation would do, for the read-back. Changes nothing.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
    """
    order = own_order(session, viewer, order_id)
    refund, refund_to, arrives = describe(owed(session, order), order.currency)
    why_not = _why_not(order)
    return CancelQuote(order_view(order), why_not is None, why_not, refund, refund_to, arrives)


def cancel(session: Session, viewer: Viewer, order_id: str, reason: str, key: IdempotencyKey) -> Cancelled:
    """Cancels a pending or processed order: refund to the original method, stock back, mail through the outbox.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
        Conflict: the order's state does not allow it (the sentence of ``quote().why_not``).
    """
    require_verified(viewer)
    request = {"customer_id": viewer.customer_id, "order_id": normalise_order_id(order_id)}
    return once(session, key, lambda: _cancel(session, viewer, order_id, reason, key), kind=Cancelled, request=request)


def _cancel(session: Session, viewer: Viewer, order_id: str, reason: str, key: IdempotencyKey) -> Cancelled:
    order = own_order(session, viewer, order_id, lock=True)
    if order.status == "cancelled":
        return _cancelled_before(session, order)
    why_not = _why_not(order)
    if why_not is not None:
        raise Conflict(why_not)
    parts, now = owed(session, order), utc_now()
    refund, refund_to, arrives = describe(parts, order.currency)
    order.status, order.cancelled_at, order.cancelled_by = "cancelled", now, "chat"
    order.cancel_reason = reason[:500]
    send_back(session, order, parts, "cancellation", now)
    _put_stock_back(session, order)
    result = Cancelled(order.id, refund, refund_to, already=False, arrives=arrives)
    enqueue(session, order.customer.email, f"Order {order.id} is cancelled", _mail_text(order, result), key)
    return result


def _why_not(order: Order) -> str | None:
    if order.status in CANCELLABLE:
        return None
    return _WHY_NOT.get(order.status, "Order {id} can't be cancelled.").format(id=order.id)


def _cancelled_before(session: Session, order: Order) -> Cancelled:
    refunds = session.scalars(select(Refund).where(Refund.order_id == order.id)).all()
    parts = [(refund.payment_method, refund.amount_minor) for refund in refunds]
    refund, refund_to, arrives = describe(parts, order.currency)
    return Cancelled(order.id, refund, refund_to, already=True, arrives=arrives)


def _put_stock_back(session: Session, order: Order) -> None:
    for item in sorted(order.items, key=lambda item: item.variant_id or ""):  # one order of locks for everybody
        session.execute(
            update(Variant)
            .where(Variant.id == item.variant_id, Variant.stock.is_not(None))
            .values(stock=Variant.stock + item.quantity)
        )


def _mail_text(order: Order, result: Cancelled) -> str:
    lines = [f"Your order {order.id} is cancelled. There is no fee.", ""]
    for item in order.items:
        price = format_money(Money(item.unit_price_minor, order.currency))
        lines.append(f"  {item.quantity} x {item.name} ({price})")
    if result.refund.minor:
        lines += ["", f"{format_money(result.refund)} goes back to {result.refund_to}, {result.arrives}."]
    return "\n".join(lines)
