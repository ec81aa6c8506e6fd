"""Photos that shoppers uploaded. The pictures themselves are files, see ``gateway.photos``."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from contract.wire import NotFound
from gateway.store.tables import photos as table

MOST_RECENT = 10
_RECENT = (
    select(table.c.id)
    .where(
        table.c.conversation_id == bindparam("conversation"),
        table.c.sent_at > bindparam("since"),
        table.c.seq > bindparam("after"),
        table.c.seq <= bindparam("up_to"),
    )
    .order_by(table.c.seq.desc())
    .limit(MOST_RECENT)
)


@dataclass(frozen=True)
class Photo:
    """``bytes`` is the size of the file. ``seq`` and ``sent_at``: of the message that it went with, if it did."""

    id: str
    conversation_id: str
    made_at: float
    bytes: int
    seq: int | None = None
    sent_at: float | None = None


def add(db: Connection, photo: Photo) -> None:
    db.execute(insert(table), vars(photo))


def find(db: Connection, photo_id: str) -> Photo | None:
    row = db.execute(select(table).where(table.c.id == photo_id)).one_or_none()
    return None if row is None else Photo(**row._mapping)


def made_since(db: Connection, conversation_id: str, *, since: float) -> int:
    """How many the conversation uploaded since a time."""
    query = select(func.count()).select_from(table)
    return db.execute(query.where(table.c.conversation_id == conversation_id, table.c.made_at > since)).scalar_one()


def check_owned(db: Connection, photo_id: str, conversation_id: str) -> None:
    """
    Raises:
        NotFound: the conversation has no such photo.
    """
    photo = find(db, photo_id)
    if photo is None or photo.conversation_id != conversation_id:
        raise NotFound("There is no such photo in this conversation. Please add it again.")


def mark_sent(db: Connection, photo_id: str, *, seq: int, now: float) -> None:
    db.execute(update(table).where(table.c.id == photo_id).values(seq=seq, sent_at=now))


def recent(db: Connection, conversation_id: str, *, since: float, after: int, up_to: int) -> tuple[str, ...]:
    """Ids of the newest photos sent since a time, with items ``after < seq <= up_to``; the oldest first."""
    values = {"conversation": conversation_id, "since": since, "after": after, "up_to": up_to}
    return tuple(reversed(db.execute(_RECENT, values).scalars().all()))


def delete_old(db: Connection, *, made_before: float, unsent_before: float) -> None:
    """Forgets old ones, and those that were never sent with a message a while sooner."""
    is_unsent = (table.c.seq.is_(None)) & (table.c.made_at < unsent_before)
    db.execute(delete(table).where(or_(table.c.made_at < made_before, is_unsent)))


def known(db: Connection) -> set[str]:
    """The id of every photo."""
    return set(db.execute(select(table.c.id)).scalars())
