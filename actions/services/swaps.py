"""Another variant of the same product: at once in an order that was not shipped, as an exchange in a delivered one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Invoice, Order, OrderChange, OrderItem, PaymentMethod, Variant
from actions.services import settling, stock
from actions.services.case import Case
from actions.services.catalog_rows import variant_view
from actions.services.change_views import Swap, Swapped, SwapQuote
from actions.services.idempotency import IdempotencyKey
from actions.services.mails import enqueue
from actions.services.masking import describe_method, mask_email
from actions.services.money import Money, format_money
from actions.services.order_rows import item_view
from actions.services.views import VariantView
from contract.wire import InvalidInput

Choice = Mapping[int, str]
"""The new variant's id by the line that it replaces."""


def quote(case: Case, kind: str, choice: Choice | None = None, method_id: str | None = None) -> SwapQuote:
    """What the swaps would do, for the read-back. Changes nothing.

    Args:
        kind: ``items`` or ``exchange``.
        method_id: what pays a difference, or gets one back.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
        InvalidInput: a line, a variant or a way of payment that cannot be chosen.
        Conflict: a gift card does not cover the difference.
    """
    order = case.order()
    refused = case.why_not(order, kind)
    if refused is not None or not choice:
        return SwapQuote(case.view(order), refused)
    swaps = _swaps(case.session, order, choice)
    difference, named = _difference(order, swaps), ""
    if method_id is not None and difference.minor:
        row = settling.method(case.session, case.viewer, method_id)
        settling.check_covers(row, difference)
        named = describe_method(row)
    return SwapQuote(case.view(order), None, swaps, difference, named)


def offers(session: Session, item: OrderItem) -> list[VariantView]:
    """What a line may become: the other variants of its product that can be had, the nearest in price first."""
    query = select(Variant).where(Variant.product_id == item.product_id, Variant.id != (item.variant_id or ""))
    enough = [row for row in session.scalars(query) if row.stock is None or row.stock >= item.quantity]
    enough.sort(key=lambda row: (abs(row.price_minor - item.unit_price_minor), row.id))
    return [variant_view(row) for row in enough]


def is_possible(case: Case) -> bool:
    """Whether any item of the order may become another variant.

    Raises:
        NotFound, NeedsVerification: as ``quote``.
    """
    return any(offers(case.session, item) for item in case.order().items)


def make(case: Case, kind: str, choice: Choice, method_id: str | None, key: IdempotencyKey) -> Swapped:
    """Swaps the items of an order that was not shipped, or notes the exchange of a delivered one.

    Raises:
        NotFound, NeedsVerification, InvalidInput: as ``quote``.
        Conflict: the policy does not allow it, a variant is sold out by now, or a gift card does not cover it.
    """
    wanted = {str(line): variant for line, variant in sorted(choice.items())}

    def swap() -> Swapped:
        return _make(case, kind, choice, method_id, key)

    return case.once(key, swap, Swapped, kind=kind, choice=wanted, method=method_id)


def _make(case: Case, kind: str, choice: Choice, method_id: str | None, key: IdempotencyKey) -> Swapped:
    order = case.order_to_change(kind)
    swaps = _swaps(case.session, order, choice)
    difference = _difference(order, swaps)
    method = _method(case, difference, method_id)
    change = _change(order, kind, swaps, difference, method)
    if kind == "items":
        _replace(case.session, order, swaps)
        if method is not None:
            settling.settle(case.session, order, difference.minor, method, kind, utc_now())
    else:
        stock.move(case.session, _pieces(swaps, given_back=False))
        order.status = "exchange_requested"
    case.session.add(change)
    named = describe_method(method) if method is not None else ""
    result = Swapped(order.id, difference, named, mask_email(order.customer.email))
    subject = f"Order {order.id} is changed" if kind == "items" else f"Your exchange for order {order.id}"
    enqueue(case.session, order.customer.email, subject, _mail_text(kind, swaps, result), key)
    return result


def _method(case: Case, difference: Money, method_id: str | None) -> PaymentMethod | None:
    """What settles the difference; None where there is none."""
    if not difference.minor:
        return None
    if method_id is None:
        raise InvalidInput("Please say how the difference is to be settled.")
    method = settling.method(case.session, case.viewer, method_id)
    settling.check_covers(method, difference)
    return method


def _swaps(session: Session, order: Order, choice: Choice) -> tuple[Swap, ...]:
    items = {item.line: item for item in order.items}
    swaps = []
    for line, variant_id in sorted(choice.items()):
        item, variant = items.get(line), session.get(Variant, variant_id, populate_existing=True)
        if item is None or variant is None or variant.product_id != item.product_id or variant.id == item.variant_id:
            raise InvalidInput("Items can only become other variants of the same product. Please pick from the list.")
        swaps.append(Swap(item_view(item, order.currency), variant_view(variant)))
    return tuple(swaps)


def _difference(order: Order, swaps: tuple[Swap, ...]) -> Money:
    return Money(sum(swap.difference for swap in swaps), order.currency)


def _change(
    order: Order, kind: str, swaps: tuple[Swap, ...], difference: Money, method: PaymentMethod | None
) -> OrderChange:
    rows: list[dict[str, Any]] = [
        {"line": swap.item.line, "from": swap.item.variant_id, "to": swap.variant.variant_id} for swap in swaps
    ]
    settled = {"difference_minor": difference.minor, "payment_method_id": method.id if method is not None else None}
    details = {"items": rows, **settled}
    return OrderChange(order_id=order.id, kind=kind, details=details, status_before=order.status, made_at=utc_now())


def _replace(session: Session, order: Order, swaps: tuple[Swap, ...]) -> None:
    stock.move(session, _pieces(swaps, given_back=True))
    items = {item.line: item for item in order.items}
    for swap in swaps:
        item = items[swap.item.line]
        item.variant_id, item.options = swap.variant.variant_id, dict(swap.variant.options)
        item.unit_price_minor = swap.variant.price.minor
    order.total_minor += sum(swap.difference for swap in swaps)
    # An invoice of an order that was not shipped is made out anew, under its number.
    session.execute(update(Invoice).where(Invoice.order_id == order.id).values(total_minor=order.total_minor))


def _pieces(swaps: tuple[Swap, ...], *, given_back: bool) -> dict[str, int]:
    pieces: dict[str, int] = {}
    for swap in swaps:
        new, old, count = swap.variant.variant_id, swap.item.variant_id, swap.item.quantity
        pieces[new] = pieces.get(new, 0) - count
        if given_back and old is not None:
            pieces[old] = pieces.get(old, 0) + count
    return {variant_id: count for variant_id, count in pieces.items() if count}


def _mail_text(kind: str, swaps: tuple[Swap, ...], result: Swapped) -> str:
    lines = [f"Your order {result.order_id} is changed:" if kind == "items" else "We exchange for you:", ""]
    for swap in swaps:
        old, new = ", ".join(swap.item.options.values()), ", ".join(swap.variant.options.values())
        lines.append(f"  {swap.item.quantity} x {swap.item.name}: {new} instead of {old}")
    amount = Money(abs(result.difference.minor), result.difference.currency)
    if result.difference.minor > 0:
        lines += ["", f"The difference of {format_money(amount)} is paid with {result.settled_with}."]
    elif result.difference.minor < 0:
        lines += ["", f"The difference of {format_money(amount)} goes back to {result.settled_with}."]
    if kind == "exchange":
        lines += [
            "",
            "A free return label follows in a mail of its own. The new ones leave when the old ones are here.",
        ]
    return "\n".join(lines)
