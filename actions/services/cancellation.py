"""Cancel an order: quote first, then once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Order, Refund
from actions.services import stock
from actions.services.case import Case
from actions.services.change_views import Cancelled, CancelQuote
from actions.services.idempotency import IdempotencyKey
from actions.services.mails import enqueue
from actions.services.money import Money, format_money
from actions.services.order_rows import own_order
from actions.services.refund_money import describe, owed, send_back
from contract.wire import Conflict


def quote(case: Case) -> CancelQuote:
    """What a cancellation would do, for the read-back. Changes nothing.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
    """
    order = case.order()
    refund, refund_to, arrives = describe(owed(case.session, order), order.currency)
    return CancelQuote(case.view(order), case.why_not(order, "cancel"), refund, refund_to, arrives)


def cancel(case: Case, reason: str, key: IdempotencyKey) -> Cancelled:
    """Cancels an order: refund to the original method, stock back, mail through the outbox.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
        Conflict: the policy does not allow it (the sentence of ``quote().why_not``).
    """

    def make() -> Cancelled:
        return _cancel(case, reason, key)

    return case.once(key, make, Cancelled)


def _cancel(case: Case, reason: str, key: IdempotencyKey) -> Cancelled:
    session, order = case.session, own_order(case.session, case.viewer, case.order_id, lock=True)
    if order.status == "cancelled":
        return _cancelled_before(session, order)
    refused = case.why_not(order, "cancel")
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
