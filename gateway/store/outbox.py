"""Events for the bot's log that are delivered later if they cannot be delivered now."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from gateway.store.tables import conversations
from gateway.store.tables import outbox as table


@dataclass(frozen=True)
class OutboxRow:
    """``event`` holds the fields of a ``ListenRequest`` except its context."""

    id: int
    conversation_id: str
    event_id: str
    event: dict[str, Any]
    attempts: int
    next_at: float
    channel: str


def add(db: Connection, conversation_id: str, event: dict[str, Any], *, now: float) -> None:
    values = {"conversation_id": conversation_id, "event_id": str(uuid.uuid4()), "event": json.dumps(event)}
    db.execute(insert(table), {**values, "attempts": 0, "next_at": now})


def oldest_of_each(db: Connection, *, now: float, limit: int = 50) -> list[OutboxRow]:
    """The first undelivered event of each conversation (their order is kept), if it is due."""
    firsts = select(func.min(table.c.id)).group_by(table.c.conversation_id)
    query = (
        select(table, conversations.c.channel)
        .join(conversations, conversations.c.id == table.c.conversation_id)
        .where(table.c.id.in_(firsts), table.c.next_at <= now)
        .order_by(table.c.id)
        .limit(limit)
    )
    return [_from_row(row) for row in db.execute(query)]


def delivered(db: Connection, row_id: int) -> None:
    db.execute(delete(table).where(table.c.id == row_id))


def postpone(db: Connection, row_id: int, *, next_at: float) -> None:
    db.execute(update(table).where(table.c.id == row_id).values(attempts=table.c.attempts + 1, next_at=next_at))


def _from_row(row: Any) -> OutboxRow:
    values = dict(row._mapping)
    values["event"] = json.loads(values["event"])
    return OutboxRow(**values)
