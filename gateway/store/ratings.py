"""How satisfied shoppers were, with the bot and with persons: asked once each in a conversation."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select, update

from gateway.store.tables import ratings as table


def asked(db: Connection, conversation_id: str) -> dict[str, float]:
    """When it was asked, by kind."""
    query = select(table.c.kind, table.c.asked_at).where(table.c.conversation_id == conversation_id)
    return {row.kind: row.asked_at for row in db.execute(query)}


def ask(db: Connection, conversation_id: str, kind: str, *, operator: str | None, now: float) -> None:
    """Notes that it is asked now; the caller knows that it was not asked before."""
    values = {"conversation_id": conversation_id, "kind": kind, "operator": operator, "asked_at": now}
    db.execute(insert(table), values)


def rate(db: Connection, conversation_id: str, kind: str, *, value: int, now: float) -> None:
    """Keeps the shopper's answer; the last one counts."""
    asked_here = (table.c.conversation_id == conversation_id) & (table.c.kind == kind)
    db.execute(update(table).where(asked_here).values(value=value, rated_at=now))


def counts(db: Connection, *, since: float) -> dict[str, dict[int, int]]:
    """How many answers since a time had each value, by kind."""
    query = select(table.c.kind, table.c.value, func.count()).where(table.c.rated_at >= since)
    found: dict[str, dict[int, int]] = {}
    for kind, value, count in db.execute(query.group_by(table.c.kind, table.c.value)):
        found.setdefault(kind, {})[value] = count
    return found
