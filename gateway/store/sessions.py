"""Browser sessions: only hashes of their tokens, and which conversation they open."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.store import conversations
from gateway.store.conversations import Conversation
from gateway.store.tables import conversations as conversation_table
from gateway.store.tables import sessions as table

_COLUMNS = tuple(column.name for column in table.c)
_WITH_CONVERSATION = (
    select(table, conversation_table)
    .join(conversation_table, conversation_table.c.id == table.c.conversation_id)
    .where(table.c.token_hash == bindparam("token"), table.c.ended_at.is_(None))
)


@dataclass(frozen=True)
class SessionRow:
    """``previous_hash`` may fetch the answer to message ``rotated_for`` once more, shortly after ``rotated_at``."""

    id: str
    token_hash: str
    previous_hash: str | None
    rotated_for: str | None
    rotated_at: float | None
    conversation_id: str
    created_at: float
    ended_at: float | None


def add(db: Connection, *, token_hash: str, conversation_id: str, now: float) -> SessionRow:
    values = {"id": str(uuid.uuid4()), "token_hash": token_hash, "conversation_id": conversation_id, "created_at": now}
    db.execute(insert(table), values)
    return SessionRow(**values, previous_hash=None, rotated_for=None, rotated_at=None, ended_at=None)  # type: ignore[arg-type]


def by_token(db: Connection, token_hash: str) -> SessionRow | None:
    return _one(db, table.c.token_hash == token_hash)


def by_previous(db: Connection, token_hash: str, *, message_id: str, rotated_after: float) -> SessionRow | None:
    """The session whose token before was this one, for a retry of the message whose answer changed it."""
    return _one(
        db,
        (table.c.previous_hash == token_hash)
        & (table.c.rotated_for == message_id)
        & (table.c.rotated_at > rotated_after),
    )


def with_conversation(db: Connection, token_hash: str) -> tuple[SessionRow, Conversation] | None:
    """The session of a token, and its conversation, in one query."""
    row = db.execute(_WITH_CONVERSATION, {"token": token_hash}).one_or_none()
    if row is None:
        return None
    session = dict(zip(_COLUMNS, row[: len(_COLUMNS)], strict=True))
    return SessionRow(**session), conversations.from_row(row[len(_COLUMNS) :])


def get(db: Connection, session_id: str) -> SessionRow | None:
    """A session that has not ended."""
    return _one(db, table.c.id == session_id)


def change(db: Connection, session_id: str, **values: Any) -> None:
    db.execute(update(table).where(table.c.id == session_id).values(**values))


def delete_ended(db: Connection, *, before: float) -> int:
    """Forgets sessions that ended or began before a time."""
    ended = (table.c.ended_at < before) | (table.c.created_at < before)
    return db.execute(delete(table).where(ended)).rowcount


def _one(db: Connection, condition: Any) -> SessionRow | None:
    row = db.execute(select(table).where(condition, table.c.ended_at.is_(None))).one_or_none()
    return None if row is None else SessionRow(**row._mapping)
