"""Another way to pay for an order, before it is shipped."""

from __future__ import annotations

from actions.db.clock import utc_now
from actions.db.models import Order, OrderChange, PaymentMethod
from actions.services import settling
from actions.services.case import Case
from actions.services.change_views import PaymentChanged, PaymentQuote
from actions.services.idempotency import IdempotencyKey
from actions.services.mails import enqueue
from actions.services.masking import describe_method
from actions.services.money import Money, format_money
from actions.services.refund_money import describe, owed, send_back
from contract.wire import InvalidInput


def quote(case: Case, method_id: str | None = None) -> PaymentQuote:
    """What pays for the order now, and whether that may be changed (to ``method_id``). Changes nothing.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
        InvalidInput: none of the customer's ways of payment, or the one that pays already.
        Conflict: a gift card does not cover it.
    """
    order = case.order()
    refused = case.why_not(order, "payment")
    if refused is None and method_id is not None:
        _method(case, order, method_id)
    view = case.view(order)
    return PaymentQuote(view, refused, view.payment_method)


def change(case: Case, method_id: str, key: IdempotencyKey) -> PaymentChanged:
    """Charges the order to ``method_id`` and sends what was paid back, once per ``key``.

    Raises:
        NotFound, NeedsVerification, InvalidInput: as ``quote``.
        Conflict: the policy does not allow it, or a gift card does not cover it.
    """

    def make() -> PaymentChanged:
        return _change(case, method_id, key)

    return case.once(key, make, PaymentChanged, method=method_id)


def _change(case: Case, method_id: str, key: IdempotencyKey) -> PaymentChanged:
    order = case.order_to_change("payment")
    new, now = _method(case, order, method_id), utc_now()
    parts = owed(case.session, order)
    back, old, arrives = describe(parts, order.currency)
    send_back(case.session, order, parts, settling.cause_of(case.session, order, "payment"), now)
    for payment in order.payments:
        payment.state = "replaced" if payment.state == "paid" else "void"
    settling.charge(case.session, order, new, order.total_minor, now)
    details = {"from": order.payment_method_id, "to": new.id}
    case.session.add(
        OrderChange(order_id=order.id, kind="payment", details=details, status_before=order.status, made_at=now)
    )
    order.payment_method_id = new.id
    result = PaymentChanged(order.id, Money(order.total_minor, order.currency), old, describe_method(new), arrives)
    enqueue(case.session, order.customer.email, f"Payment of order {order.id}", _mail_text(result, back), key)
    return result


def _method(case: Case, order: Order, method_id: str) -> PaymentMethod:
    row = settling.method(case.session, case.viewer, method_id)
    if {payment.payment_method_id for payment in order.payments if payment.state in ("paid", "due")} == {row.id}:
        raise InvalidInput(f"Order {order.id} is paid with {describe_method(row)} already. Please pick another one.")
    settling.check_covers(row, Money(order.total_minor, order.currency))
    return row


def _mail_text(result: PaymentChanged, back: Money) -> str:
    text = f"Your order {result.order_id} ({format_money(result.amount)}) is now paid with {result.new}."
    if back.minor:
        text += f"\n\n{format_money(back)} goes back to {result.old}, {result.arrives}."
    return text
