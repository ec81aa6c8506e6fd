"""Sending things back: quote first, then once. The money follows when the parcel has come back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Order, OrderItem, PaymentMethod, Return
from actions.services import settling
from actions.services.eligibility import why_not
from actions.services.idempotency import IdempotencyKey, once
from actions.services.mails import enqueue
from actions.services.masking import describe_method, mask_email
from actions.services.money import Money, format_money
from actions.services.order_rows import item_view, normalise_order_id, order_view, own_order, require_verified
from actions.services.policy import Policy
from actions.services.refund_money import AT_ONCE, LATER
from actions.services.views import Returned, ReturnQuote
from contract.wire import Conflict, InvalidInput

ORIGINAL = "original"


def quote(
    session: Session,
    viewer: Viewer,
    order_id: str,
    policy: Policy,
    lines: Sequence[int] = (),
    refund_to: str = ORIGINAL,
) -> ReturnQuote:
    """What sending ``lines`` back would do, for the read-back. Changes nothing.

    Args:
        refund_to: ``original``, or a gift card of the customer by its ``method_id``.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
        InvalidInput: a line that is not in the order, or no gift card of the customer.
    """
    order = own_order(session, viewer, order_id)
    refused = why_not(session, order, "returns", policy)
    view = order_view(session, order, policy)
    if refused is not None or not lines:
        return ReturnQuote(view, refused)
    items = items_of(order, lines)
    target = target_of(session, viewer, order, refund_to)
    shown = tuple(item_view(item, order.currency) for item in items)
    return ReturnQuote(view, None, shown, _worth(order, items), describe_method(target))


def request(
    session: Session,
    viewer: Viewer,
    order_id: str,
    policy: Policy,
    lines: Sequence[int],
    refund_to: str,
    reason: str,
    key: IdempotencyKey,
) -> Returned:
    """Notes the return, with what goes back where; the order waits for the parcel. A mail tells how to send it.

    Raises:
        NotFound, NeedsVerification, InvalidInput: as ``quote``.
        Conflict: the policy does not allow it (the sentence of ``quote().why_not``).
    """
    require_verified(viewer)
    asked = {"order_id": normalise_order_id(order_id), "lines": sorted(lines), "refund_to": refund_to}

    def make() -> Returned:
        return _request(session, viewer, order_id, policy, lines, refund_to, reason, key)

    return once(session, key, make, kind=Returned, request={"customer_id": viewer.customer_id, **asked})


def _request(
    session: Session,
    viewer: Viewer,
    order_id: str,
    policy: Policy,
    lines: Sequence[int],
    refund_to: str,
    reason: str,
    key: IdempotencyKey,
) -> Returned:
    order = own_order(session, viewer, order_id, lock=True)
    refused = why_not(session, order, "returns", policy)
    if refused is not None:
        raise Conflict(refused)
    items = items_of(order, lines)
    target = target_of(session, viewer, order, refund_to)
    worth = _worth(order, items)
    row = Return(
        order_id=order.id,
        state="requested",
        reason=reason[:500],
        lines=[item.line for item in items],
        refund_minor=worth.minor,
        payment_method_id=target.id if target is not None else None,
        requested_at=utc_now(),
    )
    session.add(row)
    order.status = "return_requested"
    within = AT_ONCE if target is not None and target.kind == "gift_card" else LATER
    result = Returned(order.id, worth, describe_method(target), within, mask_email(order.customer.email))
    enqueue(session, order.customer.email, f"Your return of order {order.id}", _mail_text(items, order, result), key)
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


def target_of(session: Session, viewer: Viewer, order: Order, refund_to: str) -> PaymentMethod | None:
    """Where the money goes. Of an order that several methods paid, ``original`` is the one that paid most.

    Raises:
        InvalidInput: neither ``original`` nor a gift card of the customer.
    """
    if refund_to != ORIGINAL:
        row = settling.method(session, viewer, refund_to)
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
