"""An order that is placed in the chat: one variant, to the address and with a way of payment of the account."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Interaction, Order, OrderItem, Product, Variant
from actions.services import addresses, recommended, settling, stock
from actions.services.catalog_rows import variant_view
from actions.services.change_views import AddressView
from actions.services.idempotency import IdempotencyKey, once
from actions.services.mails import enqueue
from actions.services.masking import describe_method, mask_email
from actions.services.money import Money, format_money
from actions.services.order_rows import require_verified
from actions.services.views import VariantView
from contract.wire import Conflict, InvalidInput

MOST_PIECES = 10


@dataclass(frozen=True)
class BuyQuote:
    """What would be ordered. ``paid_with`` is masked, empty where no way of payment was named."""

    name: str
    variant: VariantView
    quantity: int
    total: Money
    address: AddressView
    paid_with: str = ""


@dataclass(frozen=True)
class Bought:
    """An order that was placed."""

    order_id: str
    total: Money
    paid_with: str
    address: AddressView
    email_masked: str


def quote(
    session: Session, viewer: Viewer, variant_id: str, quantity: int = 1, method_id: str | None = None
) -> BuyQuote:
    """What an order of ``quantity`` pieces would be, for the read-back. Changes nothing.

    Raises:
        NeedsVerification: the viewer is not verified.
        InvalidInput: no such variant, or a number of pieces or way of payment that cannot be.
        Conflict: too few are in stock, a gift card does not cover it, or the account has no address.
    """
    require_verified(viewer)
    variant, product = _variant(session, variant_id)
    if not 1 <= quantity <= MOST_PIECES:
        raise InvalidInput(f"I can order 1 to {MOST_PIECES} pieces here. For more please ask our team.")
    if variant.stock is not None and variant.stock < quantity:
        raise Conflict(f"There {'is' if variant.stock == 1 else 'are'} only {variant.stock} of these in stock.")
    address = addresses.on_file(session, viewer)
    if address is None:
        raise Conflict("There is no address in your account yet: please add one in the shop, or order there.")
    total, named = Money(variant.price_minor * quantity, variant.currency), ""
    if method_id is not None:
        method = settling.method(session, viewer, method_id)
        settling.check_covers(method, total)
        named = describe_method(method)
    return BuyQuote(product.name, variant_view(variant), quantity, total, address, named)


def place(
    session: Session, viewer: Viewer, variant_id: str, quantity: int, method_id: str, key: IdempotencyKey
) -> Bought:
    """Places the order, once per ``key``: stock is taken, the payment booked, a mail confirms it.

    Raises:
        NeedsVerification, InvalidInput, Conflict: as ``quote``.
    """
    require_verified(viewer)
    request = {"customer_id": viewer.customer_id, "variant": variant_id, "quantity": quantity, "method": method_id}

    def make() -> Bought:
        return _place(session, viewer, variant_id, quantity, method_id, key)

    return once(session, key, make, kind=Bought, request=request)


def _place(
    session: Session, viewer: Viewer, variant_id: str, quantity: int, method_id: str, key: IdempotencyKey
) -> Bought:
    quoted = quote(session, viewer, variant_id, quantity, method_id)
    stock.move(session, {variant_id: -quantity})
    variant, product = _variant(session, variant_id)
    method, now = settling.method(session, viewer, method_id), utc_now()
    order = Order(
        id=_free_number(session),
        customer_id=viewer.customer_id,
        status="pending",
        placed_at=now,
        total_minor=quoted.total.minor,
        currency=quoted.total.currency,
        ship_line1=quoted.address.line1,
        ship_line2=quoted.address.line2,
        ship_city=quoted.address.city,
        ship_state=quoted.address.state,
        ship_zip=quoted.address.zip_code,
        ship_country=quoted.address.country,
        payment_method_id=method.id,
        source="chat",
    )
    item = OrderItem(
        line=1,
        product_id=product.id,
        variant_id=variant.id,
        name=product.name,
        options=dict(variant.options),
        quantity=quantity,
        unit_price_minor=variant.price_minor,
    )
    order.items = [item]
    session.add(order)
    session.flush()
    recommended.claim(session, viewer)
    settling.charge(session, order, method, quoted.total.minor, now)
    session.add(
        Interaction(customer_id=order.customer_id, product_id=product.id, order_id=order.id, kind="purchase", at=now)
    )
    email = order.customer.email
    result = Bought(order.id, quoted.total, describe_method(method), quoted.address, mask_email(email))
    enqueue(session, email, f"Your order {order.id}", _mail_text(quoted, result), key)
    return result


def _variant(session: Session, variant_id: str) -> tuple[Variant, Product]:
    variant = session.get(Variant, variant_id, populate_existing=True)
    product = session.get(Product, variant.product_id) if variant is not None else None
    if variant is None or product is None or not product.is_active:
        raise InvalidInput("We don't have this (any more).")
    return variant, product


def _free_number(session: Session) -> str:
    """Random, so that a number tells nothing about how many orders there are."""
    while True:
        number = f"#W{10**6 + secrets.randbelow(9 * 10**6)}"
        if session.get(Order, number) is None:
            return number


def _mail_text(quoted: BuyQuote, result: Bought) -> str:
    options = ", ".join(quoted.variant.options.values())
    return (
        f"Thank you for your order {result.order_id}:\n\n"
        f"  {quoted.quantity} x {quoted.name} ({options})\n\n"
        f"Total: {format_money(result.total)}, paid with {result.paid_with}.\nIt goes to {result.address.text}."
    )
