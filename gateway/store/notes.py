"""What operators write for each other about a conversation. A table of its own: no shopper's route reads it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from gateway.store.tables import notes as table

LIMIT = 200


@dataclass(frozen=True)
class Note:
    """``id`` is chosen by whoever writes it, so that a retry writes it once."""

    id: str
    conversation_id: str
    at: float
    operator: str
    text: str


def add(db: Connection, note: Note) -> None:
    db.execute(insert(table), vars(note))


def find(db: Connection, note_id: str) -> Note | None:
    row = db.execute(select(table).where(table.c.id == note_id)).one_or_none()
    return None if row is None else Note(**row._mapping)


def of_conversation(db: Connection, conversation_id: str) -> list[Note]:
    """The newest ``LIMIT`` notes, in order."""
    query = select(table).where(table.c.conversation_id == conversation_id).order_by(table.c.at.desc()).limit(LIMIT)
    return [Note(**row._mapping) for row in reversed(db.execute(query).all())]
