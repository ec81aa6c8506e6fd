"""Which conversations may be told of which orders, and what each was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from gateway.store import conversations
from gateway.store.conversations import Conversation
from gateway.store.tables import conversations as conversation_table
from gateway.store.tables import news as table
from gateway.store.tables import news_readers as readers

CUSTOMER, ORDER, OFF = "customer", "order", "off"


@dataclass(frozen=True)
class ToldNews:
    """A row of ``news``. ``seq`` is its item in the conversation."""

    order_id: str
    kind: str
    conversation_id: str
    seq: int
    at: float
    is_verified: bool
    is_refused: bool


@dataclass(frozen=True)
class Reader:
    """A conversation that may be told. ``is_verified``: the customer was verified in it."""

    conversation: Conversation
    is_verified: bool


def follow(db: Connection, conversation_id: str, kind: str, ref: str, *, now: float) -> None:
    """The conversation may be told of this customer's orders, or of this order, from now on."""
    here = (readers.c.conversation_id == conversation_id) & (readers.c.kind == kind) & (readers.c.ref == ref)
    if db.execute(update(readers).where(here).values(at=now)).rowcount == 0:
        db.execute(insert(readers), {"conversation_id": conversation_id, "kind": kind, "ref": ref, "at": now})


def follow_customer(db: Connection, conversation_id: str, customer_id: str, *, now: float) -> None:
    """This customer speaks here; whatever was followed for another one no longer is."""
    others = (readers.c.conversation_id == conversation_id) & (readers.c.kind == CUSTOMER)
    if db.execute(select(readers.c.ref).where(others, readers.c.ref != customer_id)).first() is not None:
        forget(db, conversation_id)
    follow(db, conversation_id, CUSTOMER, customer_id, now=now)


def forget(db: Connection, conversation_id: str) -> None:
    """The conversation follows nothing any more. That it wants no news stays."""
    db.execute(delete(readers).where(readers.c.conversation_id == conversation_id, readers.c.kind != OFF))


def forget_customer(db: Connection, customer_id: str) -> None:
    """No conversation follows this customer any more."""
    db.execute(delete(readers).where(readers.c.kind == CUSTOMER, readers.c.ref == customer_id))


def want(db: Connection, conversation_id: str, *, is_wanted: bool, now: float) -> None:
    """Whether the shopper wants news in this conversation; the last word counts."""
    if is_wanted:
        db.execute(delete(readers).where(readers.c.conversation_id == conversation_id, readers.c.kind == OFF))
    else:
        follow(db, conversation_id, OFF, "", now=now)


def of_order(db: Connection, *, order_id: str, customer_id: str, since: float) -> list[Reader]:
    """Conversations that follow the order or its customer ``since`` a time and want news: those of the verified
    customer first, the latest first."""
    follows = or_(
        and_(readers.c.kind == CUSTOMER, readers.c.ref == customer_id),
        and_(readers.c.kind == ORDER, readers.c.ref == order_id),
    )
    query = (
        select(conversation_table, readers.c.kind.label("followed"))
        .join(readers, readers.c.conversation_id == conversation_table.c.id)
        .where(follows, readers.c.at > since, ~_wants_none(), conversation_table.c.handoff_since.is_(None))
        .order_by(readers.c.kind, conversation_table.c.active_at.desc())
    )
    return [Reader(conversations.from_row(row[:-1]), row.followed == CUSTOMER) for row in db.execute(query)]


def in_web_chat(db: Connection, *, customer_id: str, active_since: float) -> list[Conversation]:
    """Web chats with the bot in which this customer is verified and that want news, the latest first."""
    columns = conversation_table.c
    is_here = (columns.channel == "web", columns.customer_id == customer_id, columns.active_at > active_since)
    query = select(conversation_table).where(*is_here, columns.handoff_since.is_(None), ~_wants_none())
    return [conversations.from_row(row) for row in db.execute(query.order_by(columns.active_at.desc()))]


def find(db: Connection, *, order_id: str, kind: str) -> ToldNews | None:
    row = db.execute(select(table).where(table.c.order_id == order_id, table.c.kind == kind)).one_or_none()
    return None if row is None else ToldNews(**row._mapping)


def add(db: Connection, told: ToldNews) -> None:
    db.execute(insert(table), vars(told))


def refuse(db: Connection, *, conversation_id: str, seq: int) -> None:
    """A messenger did not take this item: if it was news, it has to go another way."""
    here = (table.c.conversation_id == conversation_id) & (table.c.seq == seq)
    db.execute(update(table).where(here).values(is_refused=True))


def delete_old(db: Connection, *, before: float) -> None:
    """Forgets what was followed and told before a time. That a conversation wants no news stays."""
    db.execute(delete(readers).where(readers.c.at < before, readers.c.kind != OFF))
    db.execute(delete(table).where(table.c.at < before))


def _wants_none() -> Any:
    off = select(readers.c.ref).where(readers.c.conversation_id == conversation_table.c.id, readers.c.kind == OFF)
    return off.correlate(conversation_table).exists()
