"""Where a parcel is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Order, Shipment
from actions.services.order_rows import visible_order
from actions.services.views import TrackingEvent, TrackingView

ON_ITS_WAY = ("pending", "processed", "shipped")


def tracking(session: Session, viewer: Viewer, order_id: str) -> TrackingView:
    """Where the order's parcels are, and whether they are late.

    Raises:
        NotFound, NeedsIdentification: as ``orders.get_order``.
    """
    order = visible_order(session, viewer, order_id)
    query = select(Shipment).where(Shipment.order_id == order.id).order_by(Shipment.id)
    parcels = session.scalars(query.options(selectinload(Shipment.events))).all()
    first = parcels[0] if parcels else None
    return TrackingView(
        order_id=order.id,
        status=order.status,
        carrier=first.carrier if first else None,
        tracking_number=first.tracking_number if first else None,
        eta=order.promised_at,
        events=_events(list(parcels)),
        late=_is_late(order),
        delivered_at=_delivered_at(list(parcels)),
        other_numbers=tuple(parcel.tracking_number for parcel in parcels[1:]),
    )


def _events(parcels: list[Shipment]) -> tuple[TrackingEvent, ...]:
    events = [TrackingEvent(row.at, row.place, row.text) for parcel in parcels for row in parcel.events]
    return tuple(sorted(events, key=lambda event: event.at, reverse=True))


def _is_late(order: Order) -> bool:
    return order.status in ON_ITS_WAY and order.promised_at is not None and order.promised_at < utc_now()


def _delivered_at(parcels: list[Shipment]) -> datetime | None:
    times = [parcel.delivered_at for parcel in parcels if parcel.delivered_at is not None]
    return max(times) if times and len(times) == len(parcels) else None
