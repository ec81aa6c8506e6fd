"""What a customer who comes back may want to go on with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.models import Customer, Order, Ticket
from actions.services.order_rows import require_verified
from actions.services.tracking import ON_ITS_WAY


@dataclass(frozen=True)
class OpenMatters:
    """The newest order that has not arrived and the newest open ticket; None where there is none."""

    first_name: str
    order_id: str | None
    ticket_id: str | None


def open_matters(session: Session, viewer: Viewer) -> OpenMatters:
    """What is open for the verified customer.

    Raises:
        NeedsVerification: the viewer is not verified.
    """
    require_verified(viewer)
    customer = session.get(Customer, viewer.customer_id)
    order = select(Order.id).where(Order.customer_id == viewer.customer_id, Order.status.in_(ON_ITS_WAY))
    ticket = select(Ticket.id).where(Ticket.customer_id == viewer.customer_id, Ticket.status == "open")
    return OpenMatters(
        customer.first_name if customer else "",
        session.scalar(order.order_by(Order.placed_at.desc().nulls_last(), Order.id.desc()).limit(1)),
        session.scalar(ticket.order_by(Ticket.opened_at.desc(), Ticket.id.desc()).limit(1)),
    )
