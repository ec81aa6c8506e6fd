"""What was paid for an order, and what went back: the facts for somebody who doubts a charge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from actions.access import Viewer
from actions.db.models import Payment, Refund
from actions.services.masking import describe_method
from actions.services.money import Money
from actions.services.order_rows import visible_order


@dataclass(frozen=True)
class Movement:
    """Money for an order (``state`` as ``Payment``), or back (``back``; ``state`` as ``Refund``). ``method`` is masked.

    ``at`` is when it was paid, None where it is not, or where that is not known.
    """

    amount: Money
    method: str
    state: str
    at: datetime | None
    back: bool = False


@dataclass(frozen=True)
class Statement:
    """``movements`` in the order in which they were made. ``twice``: equal amounts were paid more than once."""

    order_id: str
    total: Money
    movements: tuple[Movement, ...]
    twice: bool


def statement(session: Session, viewer: Viewer, order_id: str) -> Statement:
    """What was paid for the order and what went back.

    Raises:
        NotFound, NeedsIdentification: as ``orders.get_order``.
    """
    order = visible_order(session, viewer, order_id)
    paid = session.scalars(
        select(Payment).where(Payment.order_id == order.id).options(joinedload(Payment.payment_method))
    )
    back = session.scalars(select(Refund).where(Refund.order_id == order.id).options(joinedload(Refund.payment_method)))
    charges = [
        Movement(Money(row.amount_minor, row.currency), describe_method(row.payment_method), row.state, row.paid_at)
        for row in paid.all()
    ]
    returned = [
        Movement(
            Money(row.amount_minor, row.currency),
            describe_method(row.payment_method),
            row.state,
            row.paid_at,
            back=True,
        )
        for row in back.all()
    ]
    booked = [move.amount.minor for move in charges if move.state == "paid"]
    return Statement(
        order.id, Money(order.total_minor, order.currency), (*charges, *returned), len(set(booked)) < len(booked)
    )
