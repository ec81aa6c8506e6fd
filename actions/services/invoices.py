"""Invoices go by mail to the address on file."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Invoice, Order
from actions.services.idempotency import IdempotencyKey, once
from actions.services.limits import Limit, serialise
from actions.services.mails import enqueue
from actions.services.masking import mask_email
from actions.services.money import Money, format_money
from actions.services.order_rows import visible_order
from actions.services.views import InvoiceView

LinkOf = Callable[[str], str]
MAIL_LIMIT = Limit(
    "invoice mailed",
    count=3,
    minutes=60,
    sentence="I have sent this invoice three times within the last hour. Please look into your spam folder.",
)


def invoice(
    session: Session, viewer: Viewer, order_id: str, key: IdempotencyKey | None = None, link: LinkOf | None = None
) -> InvoiceView:
    """Makes the order's invoice where there is none yet, and mails it to the address on file.

    ``link`` gives the address of its PDF, which the mail then holds.

    Once per ``key``; by default that is the viewer's message.

    Raises:
        NotFound, NeedsIdentification: as ``orders.get_order``.
        TooMany: it was mailed 3 times in the last hour.
    """
    order = visible_order(session, viewer, order_id)
    used = key or IdempotencyKey(viewer.conversation_id, viewer.message_id, "invoice")

    def issue() -> InvoiceView:
        return _issue(session, order, used, link)

    return once(session, used, issue, kind=InvoiceView, request={"order_id": order.id})


def _issue(session: Session, order: Order, key: IdempotencyKey, link: LinkOf | None) -> InvoiceView:
    MAIL_LIMIT.check(session, order.id)
    MAIL_LIMIT.note(session, order.id)
    row = session.scalar(select(Invoice).where(Invoice.order_id == order.id)) or _number(session, order)
    enqueue(session, order.customer.email, f"Invoice {row.id} for order {order.id}", _mail_text(row, order, link), key)
    total = Money(row.total_minor, row.currency)
    return InvoiceView(row.id, order.id, total, mask_email(order.customer.email))


def _number(session: Session, order: Order) -> Invoice:
    now = utc_now()
    prefix = f"INV-{now.year}-"
    serialise(session, prefix)
    last = session.scalar(select(func.max(Invoice.id)).where(Invoice.id.startswith(prefix)))
    number = int(last.rsplit("-", 1)[1]) + 1 if last else 1
    row = Invoice(
        id=f"{prefix}{number:05d}",
        order_id=order.id,
        total_minor=order.total_minor,
        currency=order.currency,
        issued_at=now,
    )
    session.add(row)
    return row


def _mail_text(row: Invoice, order: Order, link: LinkOf | None) -> str:
    lines = [f"Invoice {row.id} of {row.issued_at:%Y-%m-%d} for order {order.id}", ""]
    for item in order.items:
        price = format_money(Money(item.unit_price_minor * item.quantity, order.currency))
        lines.append(f"  {item.quantity} x {item.name}: {price}")
    lines += ["", f"Total: {format_money(Money(row.total_minor, row.currency))}"]
    if link is not None:
        lines += ["", f"As a PDF, for one day: {link(row.id)}"]
    return "\n".join(lines)
