"""Tickets for what a person must finish."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import Customer, Order, Ticket
from actions.services.idempotency import IdempotencyKey, once
from actions.services.limits import Limit
from actions.services.mails import enqueue
from actions.services.masking import clean_email, mask_email
from actions.services.order_rows import normalise_order_id
from actions.services.views import TicketView
from contract.wire import InvalidInput, NotFound

UNKNOWN_TICKET = "I can't find a ticket with this number that belongs to you."
_NUMBER = re.compile(r"(?<![0-9A-Z])(?:T[\s-]?)?([0-9]{4,7})(?![0-9])")
TICKET_LIMIT = Limit(
    "ticket opened",
    count=10,
    minutes=60,
    sentence="You have opened many tickets within the last hour: we have them all, and will answer by mail.",
)


@dataclass(frozen=True)
class _Opened:
    """What is kept for a repeated request."""

    ticket_id: str


def open_ticket(
    session: Session,
    viewer: Viewer,
    subject: str,
    text: str,
    email: str | None,
    key: IdempotencyKey,
    order_id: str | None = None,
    photos: tuple[str, ...] = (),
) -> TicketView:
    """A new ticket, confirmed by mail. ``email`` may be None for a verified customer (the address on file is used).

    ``order_id`` is noted only if the viewer may see that order. ``photos`` are ids of the conversation's own, as the
    gateway vouches for them; a request that is repeated later, when it vouches for fewer, is still the same.

    Raises:
        InvalidInput: no text, or not an e-mail address.
        TooMany: 10 tickets in an hour from one conversation.
    """
    if not text.strip():
        raise InvalidInput("Please tell me in a sentence what it is about.")
    address = _address(session, viewer, email)
    ticket = {"subject": subject.strip()[:200] or text.strip()[:60], "text": text.strip()[:4000], "email": address}
    order = _visible_number(session, viewer, order_id)
    request = {**ticket, "order_id": order}
    make = partial(_open, session, viewer, ticket, order, photos, key)
    opened = once(session, key, make, kind=_Opened, request=request)
    return _view(session.get_one(Ticket, opened.ticket_id))


def ticket_status(session: Session, viewer: Viewer, ticket_id: str) -> TicketView:
    """A ticket of this conversation or of the verified customer.

    Raises:
        NotFound: no such ticket, or not this viewer's: one sentence.
    """
    found = _NUMBER.search(ticket_id.upper())
    mine = [Ticket.conversation_id == viewer.conversation_id]
    if viewer.verified and viewer.customer_id is not None:
        mine.append(Ticket.customer_id == viewer.customer_id)
    row = session.scalar(select(Ticket).where(Ticket.id == f"T-{found[1] if found else ''}", or_(*mine)))
    if row is None:
        raise NotFound(UNKNOWN_TICKET)
    return _view(row)


def open_in(session: Session, conversation_ids: Collection[str]) -> list[str]:
    """Those of these conversations in which a ticket was opened that is not closed."""
    mine = (Ticket.conversation_id.in_(conversation_ids), Ticket.status != "closed")
    return list(session.scalars(select(Ticket.conversation_id).where(*mine).distinct()))


def _open(
    session: Session,
    viewer: Viewer,
    ticket: dict[str, str],
    order_id: str | None,
    photos: tuple[str, ...],
    key: IdempotencyKey,
) -> _Opened:
    TICKET_LIMIT.check(session, viewer.conversation_id)
    TICKET_LIMIT.note(session, viewer.conversation_id)
    row = Ticket(
        id=_free_number(session),
        conversation_id=viewer.conversation_id,
        customer_id=viewer.customer_id if viewer.verified else None,
        order_id=order_id,
        status="open",
        opened_at=utc_now(),
        photos=list(photos) or None,
        **ticket,
    )
    session.add(row)
    # Not the text: anybody could have it sent to anybody.
    body = f"We have your request and will answer to this address. Its number is {row.id}."
    enqueue(session, row.email, f"We have your request: ticket {row.id}", body, key)
    return _Opened(row.id)


def _address(session: Session, viewer: Viewer, email: str | None) -> str:
    if email:
        return clean_email(email)
    on_file = session.get(Customer, viewer.customer_id) if viewer.verified and viewer.customer_id else None
    if on_file is None:
        raise InvalidInput("Please tell me the e-mail address to which we may answer.")
    return on_file.email


def _visible_number(session: Session, viewer: Viewer, order_id: str | None) -> str | None:
    number = normalise_order_id(order_id or "")
    if number is None:
        return None
    owner = session.scalar(select(Order.customer_id).where(Order.id == number))
    is_owner = viewer.verified and owner is not None and owner == viewer.customer_id
    return number if is_owner or (owner is not None and number in viewer.identified_orders) else None


def _free_number(session: Session) -> str:
    """Random, so that a number tells nothing about how many tickets there are."""
    for digits in (5, 5, 5, 6, 6, 7, 7):
        number = f"T-{10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1))}"
        if session.get(Ticket, number) is None:
            return number
    return f"T-{secrets.randbelow(10**12)}"


def _view(row: Ticket) -> TicketView:
    email = mask_email(row.email)
    return TicketView(row.id, row.subject, row.status, row.opened_at, email, row.order_id, tuple(row.photos or ()))
