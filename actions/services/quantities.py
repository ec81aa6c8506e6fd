"""More or fewer pieces of an item, in an order that was not shipped."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update

from actions.db.clock import utc_now
from actions.db.models import Invoice, Order, OrderChange, OrderItem, Variant
from actions.services import settling, stock
from actions.services.buying import MOST_PIECES
from actions.services.case import Case
from actions.services.idempotency import IdempotencyKey
from actions.services.mails import enqueue
from actions.services.masking import describe_method
from actions.services.money import Money, format_money
from actions.services.order_rows import item_view
from actions.services.views import ItemView, OrderView
from contract.wire import Conflict, InvalidInput

KIND = "quantity"


@dataclass(frozen=True)
class QuantityQuote:
    """``pieces`` instead of ``item.quantity``. ``difference`` above 0 is to be paid, below 0 goes back.

    ``settled_with`` is masked, empty where nothing was chosen.
    """

    order: OrderView
    why_not: str | None
    item: ItemView | None = None
    pieces: int = 0
    difference: Money | None = None
    settled_with: str = ""


@dataclass(frozen=True)
class QuantityChanged:
    order_id: str
    name: str
    pieces: int
    difference: Money
    settled_with: str


def quote(case: Case, line: int | None = None, pieces: int = 0, method_id: str | None = None) -> QuantityQuote:
    """What ``pieces`` of the item in ``line`` would mean, at the price of the order. Changes nothing.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
        InvalidInput: a line, a number of pieces or a way of payment that cannot be chosen.
        Conflict: too few are in stock, or a gift card does not cover the difference.
    """
    order = case.order()
    refused = case.why_not(order, KIND)
    if refused is not None or line is None:
        return QuantityQuote(case.view(order), refused)
    item = _item(order, line)
    difference, named = _difference(case, order, item, pieces), ""
    if method_id is not None:
        row = settling.method(case.session, case.viewer, method_id)
        settling.check_covers(row, difference)
        named = describe_method(row)
    return QuantityQuote(case.view(order), None, item_view(item, order.currency), pieces, difference, named)


def change(case: Case, line: int, pieces: int, method_id: str, key: IdempotencyKey) -> QuantityChanged:
    """Makes it ``pieces``, once per ``key``: stock and money move with it.

    Raises:
        NotFound, NeedsVerification, InvalidInput, Conflict: as ``quote``, or the policy does not allow it.
    """

    def make() -> QuantityChanged:
        return _change(case, line, pieces, method_id, key)

    return case.once(key, make, QuantityChanged, line=line, pieces=pieces, method=method_id)


def _change(case: Case, line: int, pieces: int, method_id: str, key: IdempotencyKey) -> QuantityChanged:
    order = case.order_to_change(KIND)
    item = _item(order, line)
    difference = _difference(case, order, item, pieces)
    method, before, now = settling.method(case.session, case.viewer, method_id), item.quantity, utc_now()
    if item.variant_id is not None:
        stock.move(case.session, {item.variant_id: before - pieces})
    settling.settle(case.session, order, difference.minor, method, KIND, now)
    item.quantity = pieces
    order.total_minor += difference.minor
    case.session.execute(update(Invoice).where(Invoice.order_id == order.id).values(total_minor=order.total_minor))
    details = {"line": line, "from": before, "to": pieces, "payment_method_id": method.id}
    case.session.add(
        OrderChange(order_id=order.id, kind=KIND, details=details, status_before=order.status, made_at=now)
    )
    result = QuantityChanged(order.id, item.name, pieces, difference, describe_method(method))
    enqueue(case.session, order.customer.email, f"Order {order.id} is changed", _mail_text(result, before), key)
    return result


def _item(order: Order, line: int) -> OrderItem:
    found = next((item for item in order.items if item.line == line), None)
    if found is None:
        raise InvalidInput("That is none of the items of the order. Please pick one of them.")
    return found


def _difference(case: Case, order: Order, item: OrderItem, pieces: int) -> Money:
    if pieces == 0:
        raise InvalidInput("I can't take an item out of an order: cancel the order, or talk to a person.")
    if not 1 <= pieces <= MOST_PIECES:
        raise InvalidInput(f"It can be 1 to {MOST_PIECES} pieces here. For more please ask our team.")
    if pieces == item.quantity:
        raise InvalidInput(f"It is {pieces} already. How many shall it be?")
    variant = case.session.get(Variant, item.variant_id, populate_existing=True) if item.variant_id else None
    more = pieces - item.quantity
    if more > 0 and (variant is None or (variant.stock is not None and variant.stock < more)):
        left = variant.stock if variant is not None else 0
        raise Conflict(f"There {'is' if left == 1 else 'are'} only {left} more of these in stock.")
    return Money(more * item.unit_price_minor, order.currency)


def _mail_text(result: QuantityChanged, before: int) -> str:
    amount = format_money(Money(abs(result.difference.minor), result.difference.currency))
    more = f"The {amount} more are paid with" if result.difference.minor > 0 else f"{amount} goes back to"
    return (
        f"Your order {result.order_id} is changed: {result.pieces} x {result.name} instead of {before}.\n\n"
        f"{more} {result.settled_with}."
    )
