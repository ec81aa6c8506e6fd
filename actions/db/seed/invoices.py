"""Invoices of the demo shop: one for each order that was shipped, numbered by the time of the order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from actions.db.models import Invoice, Order
from actions.db.seed.history import SHIPPED


def invoice_rows(orders: Iterable[Order]) -> Iterator[Invoice]:
    """Numbers without gaps within a year."""
    numbers: dict[int, int] = {}
    for order in sorted((order for order in orders if order.status in SHIPPED), key=_placed):
        issued = _placed(order) + timedelta(days=1)
        numbers[issued.year] = numbers.get(issued.year, 0) + 1
        yield Invoice(
            id=f"INV-{issued.year}-{numbers[issued.year]:05d}",
            order_id=order.id,
            total_minor=order.total_minor,
            currency=order.currency,
            issued_at=issued,
        )


def _placed(order: Order) -> datetime:
    if order.placed_at is None:
        raise ValueError(f"{order.id} has no date.")
    return order.placed_at
