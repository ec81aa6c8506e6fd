"""Another way to pay for an order, before it is shipped."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Order, OrderChange
from actions.services import settling
from actions.services.eligibility import why_not
from actions.services.idempotency import IdempotencyKey, once
from actions.services.mails import enqueue
from actions.services.masking import describe_method
from actions.services.money import Money, format_money
from actions.services.order_rows import normalise_order_id, order_view, own_order, require_verified
from actions.services.policy import Policy
from actions.services.refund_money import describe, owed, send_back
from actions.services.views import PaymentChanged, PaymentQuote
from contract.wire import Conflict, InvalidInput


def quote(
    session: Session, viewer: Viewer, order_id: str, policy: Policy, method_id: str | None = None
) -> PaymentQuote:
    """What pays for the order now, and whether that may be changed (to ``method_id``). Changes nothing.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
        InvalidInput: none of the customer's ways of payment, or the one that pays already.
        Conflict: a gift card does not cover it.
    """
    order = own_order(session, viewer, order_id)
    refused = why_not(session, order, "payment", policy)
    view = order_view(session, order, policy)
    if refused is None and method_id is not None:
        _check(session, viewer, order, method_id)
    return PaymentQuote(view, refused, view.payment_method)


def change(
    session: Session, viewer: Viewer, order_id: str, policy: Policy, method_id: str, key: IdempotencyKey
) -> PaymentChanged:
    """Charges the order to ``method_id`` and sends what was paid back, once per ``key``.

    Raises:
        NotFound, NeedsVerification, InvalidInput: as ``quote``.
        Conflict: the policy does not allow it, or a gift card does not cover it.
    """
    require_verified(viewer)
    request = {
        "customer_id": viewer.customer_id,
        "order_id": normalise_order_id(order_id),
        "method": method_id,
    }

    def make() -> PaymentChanged:
        return _change(session, viewer, order_id, policy, method_id, key)

    return once(session, key, make, kind=PaymentChanged, request=request)


def _change(
    session: Session, viewer: Viewer, order_id: str, policy: Policy, method_id: str, key: IdempotencyKey
) -> PaymentChanged:
    order = own_order(session, viewer, order_id, lock=True)
    refused = why_not(session, order, "payment", policy)
    if refused is not None:
        raise Conflict(refused)
    _check(session, viewer, order, method_id)
    new, now = settling.method(session, viewer, method_id), utc_now()
    parts = owed(session, order)
    back, old, arrives = describe(parts, order.currency)
    send_back(session, order, parts, settling.cause_of(session, order, "payment"), now)
    for payment in order.payments:
        payment.state = "replaced" if payment.state == "paid" else "void"
    settling.charge(session, order, new, order.total_minor, now)
    details = {"from": order.payment_method_id, "to": new.id}
    session.add(
        OrderChange(order_id=order.id, kind="payment", details=details, status_before=order.status, made_at=now)
    )
    order.payment_method_id = new.id
    result = PaymentChanged(order.id, Money(order.total_minor, order.currency), old, describe_method(new), arrives)
    enqueue(session, order.customer.email, f"Payment of order {order.id}", _mail_text(result, back), key)
    return result


def _check(session: Session, viewer: Viewer, order: Order, method_id: str) -> None:
    row = settling.method(session, viewer, method_id)
    if {payment.payment_method_id for payment in order.payments if payment.state in ("paid", "due")} == {row.id}:
        raise InvalidInput(f"Order {order.id} is paid with {describe_method(row)} already. Please pick another one.")
    settling.check_covers(row, Money(order.total_minor, order.currency))


def _mail_text(result: PaymentChanged, back: Money) -> str:
    text = f"Your order {result.order_id} ({format_money(result.amount)}) is now paid with {result.new}."
    if back.minor:
        text += f"\n\n{format_money(back)} goes back to {result.old}, {result.arrives}."
    return text
