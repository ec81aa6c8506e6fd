"""Which things of an order travel in which parcel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.models import Shipment
from actions.services.order_rows import visible_order


@dataclass(frozen=True)
class ParcelView:
    """``items`` are names with their number of pieces. ``delivered_at`` is None while it is on its way."""

    carrier: str | None
    tracking_number: str
    items: tuple[str, ...]
    delivered_at: datetime | None


def parcels(session: Session, viewer: Viewer, order_id: str) -> tuple[list[ParcelView], list[str]]:
    """The order's parcels, and the things that are in none of them yet.

    Raises:
        NotFound, NeedsIdentification: as ``orders.get_order``.
    """
    order = visible_order(session, viewer, order_id)
    names = {item.line: f"{item.quantity} × {item.name}" if item.quantity > 1 else item.name for item in order.items}
    rows = session.scalars(select(Shipment).where(Shipment.order_id == order.id).order_by(Shipment.id)).all()
    found = [
        ParcelView(
            row.carrier,
            row.tracking_number,
            tuple(names[line] for line in row.lines if line in names),
            row.delivered_at,
        )
        for row in rows
    ]
    sent = {line for row in rows for line in row.lines}
    return found, [name for line, name in names.items() if line not in sent]
