"""Conversations: identity, sequence numbers and handoff of one shopper's talk with the shop."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Float, bindparam, delete, func, insert, select, update

from contract.wire import NotFound
from gateway.store.tables import (
    chatwoot_links,
    handoffs,
    inbox,
    items,
    news,
    news_readers,
    notes,
    offers,
    outbox,
    photos,
    ratings,
    sessions,
)
from gateway.store.tables import conversations as table

_COLUMNS = tuple(column.name for column in table.c)
_BY_ID = select(table).where(table.c.id == bindparam("key"))
_TAKE_SEQS = (
    update(table)
    .where(table.c.id == bindparam("key"))
    .values(
        last_seq=table.c.last_seq + bindparam("count"),
        active_at=func.coalesce(bindparam("active", type_=Float), table.c.active_at),
    )
    .returning(table)
)


@dataclass(frozen=True)
class Conversation:
    """A row of ``conversations``. ``visible_after``: items up to this seq are no longer shown to the shopper."""

    id: str
    channel: str
    owner_hash: str | None
    created_at: float
    active_at: float
    last_seq: int
    visible_after: int
    customer_id: str | None
    verified_at: float | None
    identified_orders: tuple[str, ...]
    pending_customer_id: str | None
    pending_message_id: str | None
    pending_at: float | None
    handoff_ticket: str | None
    handoff_reason: str | None
    handoff_since: float | None
    handoff_operator: str | None
    handoff_noted: bool

    @property
    def in_handoff(self) -> bool:
        return self.handoff_since is not None

    @property
    def has_identity(self) -> bool:
        return bool(self.customer_id or self.pending_customer_id or self.identified_orders)


def create(db: Connection, *, channel: str, now: float, owner_hash: str | None = None) -> str:
    """A new conversation; returns its id, which is Rasa's sender id."""
    conversation_id = str(uuid.uuid4())
    values = {"id": conversation_id, "channel": channel, "owner_hash": owner_hash}
    db.execute(insert(table), {**values, "created_at": now, "active_at": now})
    return conversation_id


def get(db: Connection, conversation_id: str) -> Conversation:
    """
    Raises:
        NotFound: there is none.
    """
    return _one(db, _BY_ID, conversation_id)


def locked(db: Connection, conversation_id: str) -> Conversation:
    """The conversation, which nobody else changes until this transaction ends.

    Raises:
        NotFound: there is none.
    """
    return _one(db, _BY_ID.with_for_update(), conversation_id)


def find_owned(db: Connection, owner_hash: str) -> Conversation | None:
    row = db.execute(select(table).where(table.c.owner_hash == owner_hash)).one_or_none()
    return None if row is None else from_row(row)


def in_handoff(db: Connection, *, limit: int = 200) -> list[Conversation]:
    """Conversations that wait for a person or have one, the longest wait first."""
    query = select(table).where(table.c.handoff_since.is_not(None)).order_by(table.c.handoff_since).limit(limit)
    return [from_row(row) for row in db.execute(query)]


def silent(db: Connection, *, after: float, up_to: float, limit: int) -> list[Conversation]:
    """Conversations with the bot whose shopper did the last thing between two times, in that order."""
    query = select(table).where(table.c.active_at > after, table.c.active_at <= up_to, table.c.handoff_since.is_(None))
    return [from_row(row) for row in db.execute(query.order_by(table.c.active_at).limit(limit))]


def change(db: Connection, conversation_id: str, **values: Any) -> None:
    """Sets columns; ``identified_orders`` is given as a tuple."""
    if "identified_orders" in values:
        values["identified_orders"] = json.dumps(list(values["identified_orders"]))
    db.execute(update(table).where(table.c.id == conversation_id).values(**values))


def take_seqs(db: Connection, conversation_id: str, count: int, *, active_at: float | None = None) -> Conversation:
    """Reserves ``count`` sequence numbers: those up to ``last_seq`` of the conversation that is returned.
    ``active_at``: when the shopper did something, if it is the shopper's doing."""
    return from_row(db.execute(_TAKE_SEQS, {"key": conversation_id, "count": count, "active": active_at}).one())


def delete_silent(db: Connection, *, limit: int) -> int:
    """Forgets web conversations that no session opens and in which the shopper never said a word."""
    opened = select(sessions.c.id).where(sessions.c.conversation_id == table.c.id)
    spoke = select(inbox.c.position).where(inbox.c.conversation_id == table.c.id)
    query = select(table.c.id).where(table.c.channel == "web", table.c.handoff_since.is_(None))
    found = db.execute(query.where(~opened.exists(), ~spoke.exists()).limit(limit)).scalars().all()
    begun = select(handoffs.c.id).where(handoffs.c.conversation_id.in_(found))
    db.execute(delete(chatwoot_links).where(chatwoot_links.c.handoff_id.in_(begun)))
    for dependent in (items, offers, outbox, handoffs, notes, photos, ratings, news, news_readers):
        db.execute(delete(dependent).where(dependent.c.conversation_id.in_(found)))
    db.execute(delete(table).where(table.c.id.in_(found)))
    return len(found)


def forget_identity(db: Connection, conversation_id: str, *, hide_up_to: int) -> None:
    """The shopper is anonymous again, and what was said until now is no longer shown."""
    change(
        db,
        conversation_id,
        customer_id=None,
        verified_at=None,
        identified_orders=(),
        pending_customer_id=None,
        pending_message_id=None,
        pending_at=None,
        visible_after=hide_up_to,
    )


def _one(db: Connection, query: Any, conversation_id: str) -> Conversation:
    row = db.execute(query, {"key": conversation_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such conversation.")
    return from_row(row)


def from_row(row: Sequence[Any]) -> Conversation:
    """A row with every column of the table, in its order."""
    values = dict(zip(_COLUMNS, row, strict=True))
    values["identified_orders"] = tuple(json.loads(values["identified_orders"]))
    return Conversation(**values)
