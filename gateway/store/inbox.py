"""Messages of shoppers, unique per conversation, kept before they are acknowledged."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.store.tables import inbox as table

QUEUED, DONE = "queued", "done"
_FIND = select(table).where(
    table.c.conversation_id == bindparam("conversation"), table.c.message_id == bindparam("message")
)
_ADD = insert(table).returning(table.c.position)
_FINISH = (
    update(table)
    .where(table.c.position == bindparam("key"), table.c.state == QUEUED)
    .values(state=DONE, done_at=bindparam("now"))
)


@dataclass(frozen=True)
class InboxRow:
    """``seq`` is that of the shopper's own bubble. Exactly one of ``text`` and ``payload`` goes to the bot."""

    position: int
    conversation_id: str
    message_id: str
    fingerprint: str
    text: str | None
    payload: str | None
    state: str
    seq: int
    received_at: float
    done_at: float | None


def find(db: Connection, conversation_id: str, message_id: str) -> InboxRow | None:
    row = db.execute(_FIND, {"conversation": conversation_id, "message": message_id}).one_or_none()
    return None if row is None else InboxRow(**row._mapping)


def add(
    db: Connection,
    *,
    conversation_id: str,
    message_id: str,
    fingerprint: str,
    text: str | None,
    payload: str | None,
    seq: int,
    now: float,
) -> InboxRow:
    values = {
        "conversation_id": conversation_id,
        "message_id": message_id,
        "fingerprint": fingerprint,
        "text": text,
        "payload": payload,
        "state": QUEUED,
        "seq": seq,
        "received_at": now,
    }
    position = db.execute(_ADD, values).scalar_one()
    return InboxRow(position=position, done_at=None, **values)  # type: ignore[arg-type]


def unanswered(db: Connection) -> list[InboxRow]:
    """Every message that was accepted and not answered, in the order of arrival."""
    query = select(table).where(table.c.state == QUEUED).order_by(table.c.position)
    return [InboxRow(**row._mapping) for row in db.execute(query)]


def finish(db: Connection, position: int, *, now: float) -> bool:
    """Marks a message as answered. False if it was before."""
    return db.execute(_FINISH, {"key": position, "now": now}).rowcount == 1
