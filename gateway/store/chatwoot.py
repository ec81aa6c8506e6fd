"""How far each handoff has been brought to Chatwoot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from gateway.store.handoffs import Handoff
from gateway.store.tables import chatwoot_links as table
from gateway.store.tables import handoffs, items

_UNLINKED = select(handoffs.c.id).where(
    or_(handoffs.c.ended_at.is_(None), handoffs.c.is_unanswered),
    ~select(table.c.handoff_id).where(table.c.handoff_id == handoffs.c.id).exists(),
)


@dataclass(frozen=True)
class Link:
    """``chatwoot_id``: the number of Chatwoot's conversation, once it has one. ``forwarded_seq``: what the shopper
    sent up to this item is there, but of what the bot got only the photos. ``acked_id``: Chatwoot's number of the last
    message of ours that it confirmed. ``attempts``: rounds since the last step that went through, this one included."""

    handoff_id: int
    chatwoot_id: int | None
    has_packet: bool
    forwarded_seq: int
    acked_id: int
    is_done: bool
    attempts: int
    next_at: float


def begin(db: Connection, *, now: float) -> None:
    """A row for each handoff that waits for a person and has none yet; what ended before is left alone."""
    for row in db.execute(_UNLINKED).all():
        values = {"handoff_id": row.id, "has_packet": False, "is_done": False, "next_at": now}
        db.execute(insert(table), {**values, "forwarded_seq": 0, "acked_id": 0, "attempts": 0})


def unlinked(db: Connection) -> bool:
    """Whether ``begin`` has something to do."""
    return db.execute(_UNLINKED.limit(1)).first() is not None


def due(db: Connection, *, now: float, limit: int = 50) -> list[int]:
    """Handoffs of which Chatwoot does not know everything, and whose time has come; the oldest first."""
    news = select(items.c.seq).where(
        items.c.conversation_id == handoffs.c.conversation_id,
        items.c.author == "shopper",
        items.c.seq > table.c.forwarded_seq,
    )
    has_news = or_(table.c.has_packet.is_(False), handoffs.c.ended_at.is_not(None), news.exists())
    query = select(table.c.handoff_id).join(handoffs, handoffs.c.id == table.c.handoff_id)
    query = query.where(table.c.is_done.is_(False), table.c.next_at <= now, has_news)
    return list(db.execute(query.order_by(table.c.handoff_id).limit(limit)).scalars())


def claim(db: Connection, handoff_id: int, *, now: float, until: float) -> Link | None:
    """The link, which no other gateway brings forward until a time; None if another one does, or it is not due."""
    mine = and_(table.c.handoff_id == handoff_id, table.c.next_at <= now, table.c.is_done.is_(False))
    row = db.execute(
        update(table).where(mine).values(next_at=until, attempts=table.c.attempts + 1).returning(table)
    ).one_or_none()
    return None if row is None else Link(**row._mapping)


def change(db: Connection, handoff_id: int, **values: Any) -> None:
    db.execute(update(table).where(table.c.handoff_id == handoff_id).values(**values))


def open_in(db: Connection, handoff_id: int, *, chatwoot_id: int) -> None:
    """The handoff has this conversation of Chatwoot, even if an earlier one had it: inboxes may allow one a contact."""
    earlier = (table.c.chatwoot_id == chatwoot_id) & (table.c.handoff_id != handoff_id)
    db.execute(update(table).where(earlier).values(chatwoot_id=None, is_done=True))
    change(db, handoff_id, chatwoot_id=chatwoot_id)


def go_on(db: Connection, handoff_id: int, *, with_handoff: Handoff, now: float) -> None:
    """A conversation of Chatwoot in which an agent went on is about another handoff from now on."""
    started = {"handoff_id": with_handoff.id, "forwarded_seq": with_handoff.asked_seq, "has_packet": True}
    values = {**started, "is_done": False, "attempts": 0, "next_at": now}
    db.execute(update(table).where(table.c.handoff_id == handoff_id).values(values))


def by_chatwoot_id(db: Connection, chatwoot_id: int) -> Link | None:
    row = db.execute(select(table).where(table.c.chatwoot_id == chatwoot_id)).one_or_none()
    return None if row is None else Link(**row._mapping)
