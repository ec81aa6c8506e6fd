"""Where the money is."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from actions.access import Viewer
from actions.db.models import Order, Refund, Return
from actions.services.masking import describe_method
from actions.services.money import Money
from actions.services.order_rows import visible_order
from actions.services.views import RefundView


def refund_status(session: Session, viewer: Viewer, order_id: str) -> RefundView:
    """All refunds of an order as one: pending as long as a part of it is. One that waits for a parcel is told only
    where nothing else is.

    Raises:
        NotFound, NeedsIdentification: as ``orders.get_order``.
    """
    order = visible_order(session, viewer, order_id)
    query = select(Refund).where(Refund.order_id == order.id).options(joinedload(Refund.payment_method))
    refunds = list(session.scalars(query.order_by(Refund.id)))
    if not refunds:
        return _awaited(session, order) or RefundView(order.id, "none")
    pending = [refund for refund in refunds if refund.state != "paid"]
    last = (pending or refunds)[-1]
    return RefundView(
        order_id=order.id,
        state="pending" if pending else "paid",
        amount=Money(sum(refund.amount_minor for refund in refunds), order.currency),
        refund_to=" and ".join(dict.fromkeys(describe_method(refund.payment_method) for refund in refunds)),
        requested_at=last.requested_at,
        expected_by=last.expected_by,
        paid_at=None if pending else last.paid_at,
    )


def _awaited(session: Session, order: Order) -> RefundView | None:
    query = select(Return).where(Return.order_id == order.id, Return.state == "requested")
    row = session.scalar(query.options(joinedload(Return.payment_method)).order_by(Return.id.desc()).limit(1))
    if row is None:
        return None
    amount = Money(row.refund_minor, order.currency) if row.refund_minor is not None else None
    target = describe_method(row.payment_method) if row.payment_method is not None else None
    return RefundView(order.id, "awaited", amount, target, row.requested_at)
