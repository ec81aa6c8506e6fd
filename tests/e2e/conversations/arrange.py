"""What conversations need and the demo shop has nowhere: made of an order before it is spoken of."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from PIL import Image
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from actions.db.models import Order, Payment, Product, Shipment, Variant

FALL_MINOR = 500


def arrange(engine: Engine, order_id: str, wanted: dict[str, Any]) -> None:
    """``cheaper``: its first item cost more than it does today. ``parcels: 2``: its last item travels in a parcel
    of its own. ``twice``: it was paid twice."""
    made = {"cheaper": _cheaper, "parcels": _in_two_parcels, "twice": _paid_twice}
    with Session(engine) as session, session.begin():
        order = session.get_one(Order, order_id)
        for name in made.keys() & wanted.keys():
            made[name](order)


def sell_out(engine: Engine, wanted: dict[str, str]) -> None:
    """``{name of a product: option}``: the last of these was sold a moment ago, whatever came back into stock."""
    with Session(engine) as session, session.begin():
        for name, option in wanted.items():
            product = session.scalars(select(Product).where(Product.name == name)).one()
            for variant in session.scalars(select(Variant).where(Variant.product_id == product.id)):
                if option in variant.options.values():
                    variant.stock = 0


def picture() -> bytes:
    """A photo as a shopper's phone sends it."""
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), "red").save(buffer, "JPEG")
    return buffer.getvalue()


def _cheaper(order: Order) -> None:
    item = order.items[0]
    item.unit_price_minor += FALL_MINOR
    order.total_minor += FALL_MINOR * item.quantity
    order.payments[0].amount_minor = order.total_minor


def _in_two_parcels(order: Order) -> None:
    first = order.shipments[0]
    number = str(int(first.tracking_number) + 1)
    order.shipments.append(
        Shipment(carrier=first.carrier, tracking_number=number, lines=first.lines[-1:], shipped_at=first.shipped_at)
    )
    first.lines = first.lines[:-1]


def _paid_twice(order: Order) -> None:
    paid = order.payments[0]
    again = paid.paid_at + timedelta(minutes=1) if paid.paid_at else None
    order.payments.append(
        Payment(
            payment_method_id=paid.payment_method_id,
            amount_minor=paid.amount_minor,
            currency=paid.currency,
            paid_at=again,
        )
    )
