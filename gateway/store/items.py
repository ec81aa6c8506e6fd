"""The bubbles of a conversation, in order. ``body`` holds buttons (by offer id), cards and source."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from gateway.store import conversations, deliveries
from gateway.store.conversations import Conversation
from gateway.store.tables import items as table

HISTORY_LIMIT = 500
_ADD = insert(table)


@dataclass(frozen=True)
class NewItem:
    """A bubble to be stored. ``author``: shopper, bot, agent or system."""

    author: str
    text: str | None
    body: dict[str, Any] = field(default_factory=dict)
    message_id: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class StoredItem:
    conversation_id: str
    seq: int
    id: str
    author: str
    at: float
    text: str | None
    body: dict[str, Any]
    message_id: str | None
    feedback: int | None = None


def append(
    db: Connection, conversation_id: str, new: list[NewItem], *, now: float, active_at: float | None = None
) -> tuple[list[StoredItem], Conversation]:
    """Stores ``new`` at the end of the conversation, which is returned as it is then."""
    if not new:
        return [], conversations.get(db, conversation_id)
    conversation = conversations.take_seqs(db, conversation_id, len(new), active_at=active_at)
    first = conversation.last_seq - len(new) + 1
    stored = [
        StoredItem(conversation_id, first + index, item.id, item.author, now, item.text, item.body, item.message_id)
        for index, item in enumerate(new)
    ]
    db.execute(_ADD, [{**vars(item), "body": json.dumps(item.body)} for item in stored])
    if any(item.author != "shopper" for item in stored):
        deliveries.mark_due(db, conversation_id, now=now)
    return stored, conversation


def history(db: Connection, conversation_id: str, *, after: int = 0) -> list[StoredItem]:
    """Items with ``seq > after``, the newest ``HISTORY_LIMIT`` of them, in order."""
    query = select(table).where(table.c.conversation_id == conversation_id, table.c.seq > after)
    rows = db.execute(query.order_by(table.c.seq.desc()).limit(HISTORY_LIMIT)).all()
    return [_from_row(row) for row in reversed(rows)]


def following(db: Connection, conversation_id: str, *, after: int, limit: int) -> list[StoredItem]:
    """The first ``limit`` items with ``seq > after``, in order."""
    query = select(table).where(table.c.conversation_id == conversation_id, table.c.seq > after)
    return [_from_row(row) for row in db.execute(query.order_by(table.c.seq).limit(limit))]


def last_of_shopper(db: Connection, conversation_id: str, *, up_to: int) -> int:
    """The seq of the shopper's last item up to a seq; 0 if there is none."""
    query = select(func.max(table.c.seq)).where(
        table.c.conversation_id == conversation_id, table.c.author == "shopper", table.c.seq <= up_to
    )
    return db.execute(query).scalar() or 0


def latest(db: Connection, conversation_id: str, *, count: int) -> list[StoredItem]:
    query = select(table).where(table.c.conversation_id == conversation_id).order_by(table.c.seq.desc()).limit(count)
    return [_from_row(row) for row in reversed(db.execute(query).all())]


def answers(db: Connection, conversation_id: str, message_id: str) -> list[StoredItem]:
    """What was answered to one message, in order."""
    query = select(table).where(
        table.c.conversation_id == conversation_id, table.c.message_id == message_id, table.c.author != "shopper"
    )
    return [_from_row(row) for row in db.execute(query.order_by(table.c.seq))]


def has_agent(db: Connection, conversation_id: str, *, after: int) -> bool:
    """Whether a person said something after a seq."""
    query = select(table.c.seq).where(
        table.c.conversation_id == conversation_id, table.c.author == "agent", table.c.seq > after
    )
    return db.execute(query.limit(1)).first() is not None


def find(db: Connection, conversation_id: str, item_id: str) -> StoredItem | None:
    query = select(table).where(table.c.conversation_id == conversation_id, table.c.id == item_id)
    row = db.execute(query).one_or_none()
    return None if row is None else _from_row(row)


def at_seq(db: Connection, conversation_id: str, seq: int) -> StoredItem | None:
    query = select(table).where(table.c.conversation_id == conversation_id, table.c.seq == seq)
    row = db.execute(query).one_or_none()
    return None if row is None else _from_row(row)


def set_feedback(db: Connection, conversation_id: str, seq: int, *, value: int) -> None:
    where = (table.c.conversation_id == conversation_id) & (table.c.seq == seq)
    db.execute(update(table).where(where).values(feedback=value))


def _from_row(row: Any) -> StoredItem:
    values = dict(row._mapping)
    values["body"] = json.loads(values["body"])
    return StoredItem(**values)
