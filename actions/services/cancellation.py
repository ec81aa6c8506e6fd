"""Cancel an order: quote first, then once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Order, Refund
from actions.services import stock
from actions.services.eligibility import why_not
from actions.services.idempotency import IdempotencyKey, once
from actions.services.mails import enqueue
from actions.services.money import Money, format_money
from actions.services.order_rows import normalise_order_id, order_view, own_order, require_verified
from actions.services.policy import Policy
from actions.services.refund_money import describe, owed, send_back
from actions.services.views import Cancelled, CancelQuote
from contract.wire import Conflict


def quote(session: Session, viewer: Viewer, order_id: str, policy: Policy) -> CancelQuote:
    """What a cancellation would do, for the read-back. Changes nothing.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
    """
    order = own_order(session, viewer, order_id)
    refund, refund_to, arrives = describe(owed(session, order), order.currency)
    refused = why_not(session, order, "cancel", policy)
    return CancelQuote(order_view(session, order, policy), refused, refund, refund_to, arrives)


def cancel(
    session: Session, viewer: Viewer, order_id: str, policy: Policy, reason: str, key: IdempotencyKey
) -> Cancelled:
    """Cancels an order: refund to the original method, stock back, mail through the outbox.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
        Conflict: the policy does not allow it (the sentence of ``quote().why_not``).
    """
    require_verified(viewer)
    request = {"customer_id": viewer.customer_id, "order_id": normalise_order_id(order_id)}

    def make() -> Cancelled:
        return _cancel(session, viewer, order_id, policy, reason, key)

    return once(session, key, make, kind=Cancelled, request=request)


def _cancel(
    session: Session, viewer: Viewer, order_id: str, policy: Policy, reason: str, key: IdempotencyKey
) -> Cancelled:
    order = own_order(session, viewer, order_id, lock=True)
    if order.status == "cancelled":
        return _cancelled_before(session, order)
    refused = why_not(session, order, "cancel", policy)
    if refused is not None:
        raise Conflict(refused)
    parts, now = owed(session, order), utc_now()
    refund, refund_to, arrives = describe(parts, order.currency)
    order.status, order.cancelled_at, order.cancelled_by = "cancelled", now, "chat"
    order.cancel_reason = reason[:500]
    send_back(session, order, parts, "cancellation", now)
    for payment in order.payments:
        payment.state = "void" if payment.state == "due" else payment.state
    stock.move(session, _pieces(order))
    result = Cancelled(order.id, refund, refund_to, already=False, arrives=arrives)
    enqueue(session, order.customer.email, f"Order {order.id} is cancelled", _mail_text(order, result), key)
    return result


def _cancelled_before(session: Session, order: Order) -> Cancelled:
    refunds = session.scalars(select(Refund).where(Refund.order_id == order.id)).all()
    parts = [(refund.payment_method, refund.amount_minor) for refund in refunds]
    refund, refund_to, arrives = describe(parts, order.currency)
    return Cancelled(order.id, refund, refund_to, already=True, arrives=arrives)


def _pieces(order: Order) -> dict[str, int]:
    pieces: dict[str, int] = {}
    for item in order.items:
        if item.variant_id is not None:
            pieces[item.variant_id] = pieces.get(item.variant_id, 0) + item.quantity
    return pieces


def _mail_text(order: Order, result: Cancelled) -> str:
    lines = [f"Your order {order.id} is cancelled. There is no fee.", ""]
    for item in order.items:
        price = format_money(Money(item.unit_price_minor, order.currency))
        lines.append(f"  {item.quantity} x {item.name} ({price})")
    if result.refund.minor:
        lines += ["", f"{format_money(result.refund)} goes back to {result.refund_to}, {result.arrives}."]
    return "\n".join(lines)
