"""Finds the rows of an order for a viewer, and draws them as a view."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from actions.access import NeedsIdentification, NeedsVerification, Viewer
from actions.db.models import Order, OrderItem, Payment
from actions.services.eligibility import possible
from actions.services.masking import describe_method
from actions.services.money import Money
from actions.services.policy import Policy
from actions.services.views import ItemView, OrderView
from contract.wire import NotFound

UNKNOWN_ORDER = "I can't find an order with these details. Please check the order number, and the e-mail or zip code."
_NUMBER = re.compile(r"(?<![0-9A-Z])#?\s?W?[\s-]?([0-9]{7})(?![0-9A-Z])")


def normalise_order_id(text: str) -> str | None:
    """``#W2611340`` for ``w2611340``, ``2611340``, ``# W 2611340``; None where there is no order number."""
    found = _NUMBER.search(unicodedata.normalize("NFKC", text).upper())
    return f"#W{found[1]}" if found else None


def visible_order(session: Session, viewer: Viewer, order_id: str) -> Order:
    """The order's row, if the viewer is its verified customer or has identified it.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsIdentification: the viewer is neither verified nor has identified this order.
    """
    number = normalise_order_id(order_id) or ""
    identified = number in viewer.identified_orders
    if not identified and not viewer.verified:
        raise NeedsIdentification("Please tell me the e-mail address or the zip code of this order.")
    query = _with_parts().where(Order.id == number)
    order = session.scalar(query if identified else query.where(Order.customer_id == viewer.customer_id))
    if order is None:
        raise NotFound(UNKNOWN_ORDER)
    return order


def own_order(session: Session, viewer: Viewer, order_id: str, *, lock: bool = False) -> Order:
    """The order's row, if the viewer is its verified customer. ``lock`` keeps others from changing it meanwhile.

    Raises:
        NotFound: no such order, or another customer's.
        NeedsVerification: the viewer is not verified.
    """
    require_verified(viewer)
    number = normalise_order_id(order_id) or ""
    mine = (Order.id == number, Order.customer_id == viewer.customer_id)
    if lock:  # the lock first, alone; then everything is read as it is after others have finished
        session.execute(select(Order.id).where(*mine).with_for_update())
    order = session.scalar(_with_parts().where(*mine).execution_options(populate_existing=True))
    if order is None:
        raise NotFound(UNKNOWN_ORDER)
    return order


def own_orders(session: Session, viewer: Viewer, limit: int) -> list[Order]:
    """The rows of the viewer's orders, newest first; those without a date last."""
    require_verified(viewer)
    query = _with_parts().where(Order.customer_id == viewer.customer_id)
    return list(session.scalars(query.order_by(Order.placed_at.desc().nulls_last(), Order.id.desc()).limit(limit)))


def require_verified(viewer: Viewer) -> None:
    """Nothing, for a verified viewer.

    Raises:
        NeedsVerification: the viewer is not verified.
    """
    if not viewer.verified or viewer.customer_id is None:
        raise NeedsVerification("Please verify that it is you first: I can send a code to your e-mail address.")


def order_view(session: Session, order: Order, policy: Policy) -> OrderView:
    """The view of a row that ``visible_order`` or ``own_order`` found."""
    return OrderView(
        order_id=order.id,
        status=order.status,
        placed_at=order.placed_at,
        items=tuple(item_view(item, order.currency) for item in order.items),
        total=Money(order.total_minor, order.currency),
        shipping_city=order.ship_city,
        country=order.ship_country,
        payment_method=_paid_with(order),
        possible=possible(session, order, policy),
    )


def _with_parts() -> Select[Order]:
    return select(Order).options(
        selectinload(Order.items).joinedload(OrderItem.product),
        selectinload(Order.payments).joinedload(Payment.payment_method),
        joinedload(Order.payment_method),
        selectinload(Order.shipments),
        joinedload(Order.customer),
    )


def _paid_with(order: Order) -> str:
    counted = [payment for payment in order.payments if payment.state in ("paid", "due")]
    methods = dict.fromkeys(describe_method(payment.payment_method) for payment in counted)
    return " and ".join(methods) or describe_method(order.payment_method)


def item_view(item: OrderItem, currency: str) -> ItemView:
    """One line of an order."""
    return ItemView(
        line=item.line,
        name=item.name,
        options=dict(item.options),
        quantity=item.quantity,
        unit_price=Money(item.unit_price_minor, currency),
        image_url=item.product.image_url if item.product else None,
        product_id=item.product_id,
        variant_id=item.variant_id,
    )
