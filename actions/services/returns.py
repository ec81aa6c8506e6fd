"""Sending things back: quote first, then once. The money follows when the parcel has come back."""

from __future__ import annotations

from collections.abc import Sequence

from actions.db.clock import utc_now
from actions.db.models import Order, OrderItem, PaymentMethod, Return
from actions.services import settling
from actions.services.case import Case
from actions.services.change_views import Returned, ReturnQuote
from actions.services.idempotency import IdempotencyKey
from actions.services.mails import enqueue
from actions.services.masking import describe_method, mask_email
from actions.services.money import Money, format_money
from actions.services.order_rows import item_view
from actions.services.refund_money import AT_ONCE, LATER
from contract.wire import InvalidInput

ORIGINAL = "original"


def quote(case: Case, lines: Sequence[int] = (), refund_to: str = ORIGINAL) -> ReturnQuote:
    """What sending ``lines`` back would do, for the read-back. Changes nothing.

    Args:
        refund_to: ``original``, or a gift card of the customer by its ``method_id``.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
        InvalidInput: a line that is not in the order, or no gift card of the customer.
    """
    order = case.order()
    refused = case.why_not(order, "returns")
    if refused is not None or not lines:
        return ReturnQuote(case.view(order), refused)
    items = items_of(order, lines)
    target = target_of(case, order, refund_to)
    shown = tuple(item_view(item, order.currency) for item in items)
    return ReturnQuote(case.view(order), None, shown, _worth(order, items), describe_method(target))


def request(case: Case, lines: Sequence[int], refund_to: str, reason: str, key: IdempotencyKey) -> Returned:
    """Notes the return, with what goes back where; the order waits for the parcel. A mail tells how to send it.

    Raises:
        NotFound, NeedsVerification, InvalidInput: as ``quote``.
        Conflict: the policy does not allow it (the sentence of ``quote().why_not``).
    """

    def make() -> Returned:
        return _request(case, lines, refund_to, reason, key)

    return case.once(key, make, Returned, lines=sorted(lines), refund_to=refund_to)


def _request(case: Case, lines: Sequence[int], refund_to: str, reason: str, key: IdempotencyKey) -> Returned:
    order = case.order_to_change("returns")
    items = items_of(order, lines)
    target, worth = target_of(case, order, refund_to), _worth(order, items)
    row = Return(
        order_id=order.id,
        state="requested",
        reason=reason[:500],
        lines=[item.line for item in items],
        refund_minor=worth.minor,
        payment_method_id=target.id if target is not None else None,
        requested_at=utc_now(),
    )
    case.session.add(row)
    order.status = "return_requested"
    within = AT_ONCE if target is not None and target.kind == "gift_card" else LATER
    result = Returned(order.id, worth, describe_method(target), within, mask_email(order.customer.email))
    subject = f"Your return of order {order.id}"
    enqueue(case.session, order.customer.email, subject, _mail_text(items, order, result), key)
    return result


def items_of(order: Order, lines: Sequence[int]) -> list[OrderItem]:
    """The rows of ``lines``.

    Raises:
        InvalidInput: one of them is not in the order, or there is none.
    """
    wanted = set(lines)
    found = [item for item in order.items if item.line in wanted]
    if not found or len(found) != len(wanted):
        raise InvalidInput(f"Order {order.id} has no such item. Please pick from what is in it.")
    return found


def target_of(case: Case, order: Order, refund_to: str) -> PaymentMethod | None:
    """Where the money goes. Of an order that several methods paid, ``original`` is the one that paid most.

    Raises:
        InvalidInput: neither ``original`` nor a gift card of the customer.
    """
    if refund_to != ORIGINAL:
        row = settling.method(case.session, case.viewer, refund_to)
        if row.kind != "gift_card":
            raise InvalidInput("The money can go back to how it was paid, or to one of your gift cards.")
        return row
    sums: dict[str, int] = {}
    methods = {payment.payment_method_id: payment.payment_method for payment in order.payments}
    for payment in order.payments:
        if payment.payment_method_id and payment.state in ("paid", "due"):
            sums[payment.payment_method_id] = sums.get(payment.payment_method_id, 0) + payment.amount_minor
    return methods[max(sums, key=lambda name: sums[name])] if sums else order.payment_method


def _worth(order: Order, items: Sequence[OrderItem]) -> Money:
    return Money(sum(item.unit_price_minor * item.quantity for item in items), order.currency)


def _mail_text(items: Sequence[OrderItem], order: Order, result: Returned) -> str:
    lines = [f"We expect these things of your order {order.id} back:", ""]
    lines += [f"  {item.quantity} x {item.name} ({', '.join(item.options.values())})" for item in items]
    lines += [
        "",
        "A free return label follows in a mail of its own. When the parcel is here and checked, "
        f"{format_money(result.refund)} go to {result.refund_to}, {result.within}.",
    ]
    return "\n".join(lines)
