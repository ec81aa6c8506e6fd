"""What messengers still have to be sent: one row per conversation of a messenger channel.

Whoever stores an item for the shopper makes the row due in the same transaction, so nothing that was stored is
forgotten. Channels without a row (web, REST) fetch their items themselves.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.store.tables import conversations, items
from gateway.store.tables import deliveries as table

Address = dict[str, str]
_MARK_DUE = (
    update(table)
    .where(table.c.conversation_id == bindparam("key"), table.c.next_at.is_(None))
    .values(next_at=bindparam("now"))
)


@dataclass(frozen=True)
class Delivery:
    """Items up to ``sent_through`` are sent, and ``sent_bubbles`` bubbles of the item after it."""

    conversation_id: str
    channel: str
    address: Address
    sent_through: int
    sent_bubbles: int
    attempts: int


def put(db: Connection, conversation_id: str, address: Address) -> None:
    """Where this conversation's items are sent to from now on."""
    values = {"address": json.dumps(address, sort_keys=True)}
    known = update(table).where(table.c.conversation_id == conversation_id).values(**values)
    if db.execute(known).rowcount == 0:
        db.execute(insert(table), {"conversation_id": conversation_id, **values})


def find(db: Connection, conversation_id: str) -> Delivery | None:
    return next(iter(_rows(db, table.c.conversation_id == conversation_id, limit=1)), None)


def due(db: Connection, *, channel: str, busy: Collection[str], now: float, limit: int) -> list[Delivery]:
    """Conversations with something to send, the longest wait first, except those that are ``busy``."""
    is_due = (table.c.next_at <= now) & (conversations.c.channel == channel)
    return _rows(db, is_due & table.c.conversation_id.not_in(busy), limit=limit)


def mark_due(db: Connection, conversation_id: str, *, now: float) -> None:
    """There is something to send. A pause after a failure goes on."""
    db.execute(_MARK_DUE, {"key": conversation_id, "now": now})


def advance(db: Connection, conversation_id: str, *, sent_through: int, sent_bubbles: int = 0) -> None:
    """So far has been sent; the failures before it no longer count."""
    change(db, conversation_id, sent_through=sent_through, sent_bubbles=sent_bubbles, attempts=0)


def finish(db: Connection, conversation_id: str, *, now: float) -> None:
    """All that was there is sent; what came meanwhile is due."""
    waiting = (
        select(items.c.seq)
        .join(table, table.c.conversation_id == items.c.conversation_id)
        .where(
            items.c.conversation_id == conversation_id,
            items.c.seq > table.c.sent_through,
            items.c.author != "shopper",
        )
    )
    has_more = db.execute(waiting.limit(1)).first() is not None
    change(db, conversation_id, next_at=now if has_more else None)


def postpone(db: Connection, conversation_id: str, *, attempts: int, next_at: float) -> None:
    change(db, conversation_id, attempts=attempts, next_at=next_at)


def change(db: Connection, conversation_id: str, **values: float | None) -> None:
    db.execute(update(table).where(table.c.conversation_id == conversation_id).values(**values))


def _rows(db: Connection, condition: object, *, limit: int) -> list[Delivery]:
    columns = (
        table.c.conversation_id,
        conversations.c.channel,
        table.c.address,
        table.c.sent_through,
        table.c.sent_bubbles,
        table.c.attempts,
    )
    query = select(*columns).join(conversations, conversations.c.id == table.c.conversation_id)
    rows = db.execute(query.where(condition).order_by(table.c.next_at).limit(limit))  # type: ignore[arg-type]
    return [Delivery(**{**row._mapping, "address": json.loads(row.address)}) for row in rows]
