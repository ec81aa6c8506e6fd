"""An account that its customer deletes. What tax law keeps stays: the orders, their invoices and payments.

The conversations are the gateway's to erase: see ``actions.services.erasure_news``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, null, select, update
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import (
    AccountChange,
    Address,
    Customer,
    Erasure,
    GiftCard,
    IdempotencyRow,
    Interaction,
    OneTimeCode,
    Order,
    OutboxMail,
    PaymentMethod,
    Refund,
    StockNotification,
    Ticket,
)
from actions.services import recommended
from actions.services.accounts import own_account
from actions.services.idempotency import IdempotencyKey, once
from actions.services.janitor import NO_MAIL
from actions.services.mails import enqueue
from actions.services.money import Money
from actions.services.order_rows import require_verified
from contract.wire import Conflict

OPEN = ("pending", "processed", "shipped", "exchange_requested", "return_requested", "returned")
GONE = "(deleted with the account)"
_NO_TICKET = {"subject": GONE, "text": GONE, "email": "", "status": "closed", "photos": None}


@dataclass(frozen=True)
class ErasureQuote:
    """``why_not`` is a sentence where it is too early. ``lost`` is what is left on gift cards, and goes with them."""

    why_not: str | None
    lost: tuple[Money, ...] = ()


@dataclass(frozen=True)
class Erased:
    customer_id: str


def quote(session: Session, viewer: Viewer) -> ErasureQuote:
    """What deleting the viewer's account would mean. Changes nothing.

    Raises:
        NeedsVerification: the viewer is not verified.
        NotFound: the account was deleted already.
    """
    row = own_account(session, viewer)
    methods = select(PaymentMethod.id).where(PaymentMethod.customer_id == row.id)
    cards = session.scalars(select(GiftCard).where(GiftCard.payment_method_id.in_(methods), GiftCard.balance_minor > 0))
    return ErasureQuote(_why_not(session, row), tuple(Money(card.balance_minor, card.currency) for card in cards))


def erase(session: Session, viewer: Viewer, key: IdempotencyKey) -> Erased:
    """Deletes the viewer's personal data, once per ``key``; a last mail says so.

    Raises:
        NeedsVerification, NotFound: as ``quote``.
        Conflict: an order, a return or a refund is still open.
    """
    require_verified(viewer)
    request = {"customer_id": viewer.customer_id}
    return once(session, key, lambda: _erase(session, viewer, key), kind=Erased, request=request)


def _erase(session: Session, viewer: Viewer, key: IdempotencyKey) -> Erased:
    row = own_account(session, viewer, lock=True)
    why_not = _why_not(session, row)
    if why_not is not None:
        raise Conflict(why_not)
    email = row.email
    _forget_rows(session, viewer, row.id, email)
    row.first_name, row.last_name, row.email = "Deleted", "customer", f"{row.id}@erased.invalid"
    row.newsletter, row.erased_at = False, utc_now()
    session.add(Erasure(customer_id=row.id, at=row.erased_at))  # what was said in conversations goes next
    enqueue(session, email, "Your account is deleted", "Your account and the data in it are deleted.", key)
    return Erased(row.id)


def forget_conversations(session: Session, conversation_ids: Collection[str]) -> None:
    """Forgets what the shop's database keeps of these conversations: the texts of tickets, the results of requests."""
    said = Ticket.conversation_id.in_(conversation_ids)
    session.execute(update(Ticket).where(said).values(**_NO_TICKET))
    done = update(IdempotencyRow).where(IdempotencyRow.conversation_id.in_(conversation_ids))
    session.execute(done.values(result=null()))


def _why_not(session: Session, row: Customer) -> str | None:
    number = session.scalar(
        select(Order.id).where(Order.customer_id == row.id, Order.status.in_(OPEN)).order_by(Order.id).limit(1)
    )
    if number is not None:
        return f"Order {number} is not finished yet: your account can be deleted when nothing is open any more."
    owed = select(Refund.order_id).join(Order, Order.id == Refund.order_id)
    number = session.scalar(owed.where(Order.customer_id == row.id, Refund.state == "pending").limit(1))
    if number is not None:
        return f"The refund of order {number} is still on its way: your account can be deleted when it has arrived."
    return None


def _forget_rows(session: Session, viewer: Viewer, customer_id: str, email: str) -> None:
    methods = select(PaymentMethod.id).where(PaymentMethod.customer_id == customer_id)
    session.execute(update(GiftCard).where(GiftCard.payment_method_id.in_(methods)).values(balance_minor=0))
    session.execute(
        update(PaymentMethod).where(PaymentMethod.customer_id == customer_id).values(brand=None, last_four=None)
    )
    recommended.forget(session, viewer)
    for table in (Address, Interaction, AccountChange, OneTimeCode):
        session.execute(delete(table).where(table.customer_id == customer_id))
    session.execute(delete(StockNotification).where(StockNotification.email == email))
    session.execute(
        update(Ticket).where((Ticket.customer_id == customer_id) | (Ticket.email == email)).values(**_NO_TICKET)
    )
    gone = (OutboxMail.recipient == email, OutboxMail.state != "pending")
    session.execute(update(OutboxMail).where(*gone).values(**NO_MAIL))
