"""A parcel's way through an invented carrier's network."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from actions.db.models import Shipment, TrackingEventRow

CARRIERS = ("Parcelway", "Northpost", "SwiftBox")
HUBS = ("Columbus", "Memphis", "Reno", "Harrisburg")


def parcel(
    placed_at: datetime,
    city: str,
    lines: list[int],
    day: datetime,
    chance: random.Random,
    *,
    arrived: bool,
    late: bool,
) -> Shipment:
    """A parcel that left two days after the order was placed; nothing happens after ``day``."""
    shipped = placed_at + timedelta(days=2)
    delivered = shipped + timedelta(days=chance.randint(2, 4), hours=chance.randint(0, 6)) if arrived else None
    return Shipment(
        carrier=chance.choice(CARRIERS),
        tracking_number=f"{chance.randrange(10**11, 10**12)}",
        lines=lines,
        shipped_at=min(shipped, day),
        delivered_at=delivered,
        events=_events(shipped, delivered, city, day, chance, late),
    )


def _events(
    shipped: datetime, delivered: datetime | None, city: str, day: datetime, chance: random.Random, late: bool
) -> list[TrackingEventRow]:
    hub = chance.choice(HUBS)
    steps = [
        (shipped, "Warehouse", "Handed over to the carrier"),
        (shipped + timedelta(hours=14), hub, "Arrived at the sorting centre"),
        (shipped + timedelta(hours=27), hub, "Left the sorting centre"),
    ]
    if late:
        steps.append((day - timedelta(days=2, hours=4), hub, "Delayed: the truck had to turn back because of weather"))
    if delivered is not None:
        steps.append((delivered - timedelta(hours=5), city, "Out for delivery"))
        steps.append((delivered, city, "Delivered"))
    return [TrackingEventRow(at=at, place=place, text=text) for at, place, text in steps if at <= day]
