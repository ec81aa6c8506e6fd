"""Conversations that are erased: first from this database, then by the bot from its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, insert, or_, select, update

from gateway.store.inbox import QUEUED
from gateway.store.tables import chatwoot_links, conversations, handoffs, inbox, items, metadata, photos, sessions
from gateway.store.tables import erasures as table

# Every table that names a conversation, those first that others refer to last.
_DEPENDENT = [each for each in reversed(metadata.sorted_tables) if "conversation_id" in each.c]
_HELD: Any = conversations.c
_IS_WAITING = select(inbox.c.position).where(inbox.c.conversation_id == _HELD.id, inbox.c.state == QUEUED)


@dataclass(frozen=True)
class Told:
    """A conversation that is gone here. ``attempts``: how often the bot was told in vain."""

    id: str
    attempts: int


def ask(db: Connection, conversation_ids: Collection[str], *, now: float) -> None:
    """These must be erased. What was asked before is not asked again."""
    known = set(db.execute(select(table.c.id).where(table.c.id.in_(conversation_ids))).scalars())
    new = [{"id": each, "asked_at": now, "attempts": 0} for each in conversation_ids if each not in known]
    if new:
        db.execute(insert(table), new)


def due(db: Connection, *, silent_since: float, asked_before: float, limit: int) -> list[str]:
    """Which of those that are still here can go: the shopper and the person have left, or it was asked long ago; and
    no message waits for its answer."""
    opened = select(sessions.c.id).where(sessions.c.conversation_id == _HELD.id, sessions.c.ended_at.is_(None))
    has_left = and_(_HELD.channel == "web", ~opened.exists())
    is_over = and_(_HELD.handoff_since.is_(None), or_(_HELD.active_at <= silent_since, has_left))
    asked = select(table.c.id).where(table.c.id == _HELD.id, table.c.erased_at.is_(None))
    is_late = asked.where(table.c.asked_at <= asked_before)
    query = select(_HELD.id).where(asked.exists(), or_(is_over, is_late.exists()), ~_IS_WAITING.exists())
    return _locked(db, query.limit(limit)) or _gone(db, limit=limit)


def silent(db: Connection, *, since: float, after: str, limit: int) -> list[str]:
    """Conversations after an id, in the order of their ids, in which nobody said anything since a time, and none of
    whose tickets waits for a person."""
    query = _silent(since).where(_HELD.id > after).order_by(_HELD.id).limit(limit)
    return list(db.execute(query).scalars())


def still_silent(db: Connection, conversation_ids: Collection[str], *, since: float) -> list[str]:
    """Those of these for which ``silent`` holds now."""
    return _locked(db, _silent(since).where(_HELD.id.in_(conversation_ids)))


def unspoken(db: Connection, *, with_handoff: bool, limit: int) -> list[str]:
    """Web conversations that no session opens and in which the shopper never said a word. ``with_handoff``: those that
    a person has had, so that the bot may know of them; else the others."""
    opened = select(sessions.c.id).where(sessions.c.conversation_id == _HELD.id)
    spoke = select(inbox.c.position).where(inbox.c.conversation_id == _HELD.id)
    begun = select(handoffs.c.id).where(handoffs.c.conversation_id == _HELD.id)
    query = select(_HELD.id).where(_HELD.channel == "web", _HELD.handoff_since.is_(None))
    query = query.where(begun.exists() if with_handoff else ~begun.exists())
    return _locked(db, query.where(~opened.exists(), ~spoke.exists()).limit(limit))


def erase(db: Connection, conversation_ids: Collection[str], *, now: float) -> list[str]:
    """Deletes everything that this database holds of these conversations; returns the ids of their photos. The bot
    must be told next."""
    ask(db, conversation_ids, now=now)
    found = list(db.execute(select(photos.c.id).where(photos.c.conversation_id.in_(conversation_ids))).scalars())
    forget(db, conversation_ids)
    db.execute(update(table).where(table.c.id.in_(conversation_ids)).values(erased_at=now, next_at=now))
    return found


def forget(db: Connection, conversation_ids: Collection[str]) -> None:
    """Deletes the rows of these conversations in every table, so that nobody is told."""
    begun = select(handoffs.c.id).where(handoffs.c.conversation_id.in_(conversation_ids))
    db.execute(delete(chatwoot_links).where(chatwoot_links.c.handoff_id.in_(begun)))
    for dependent in _DEPENDENT:
        db.execute(delete(dependent).where(dependent.c.conversation_id.in_(conversation_ids)))
    db.execute(delete(conversations).where(conversations.c.id.in_(conversation_ids)))


def untold(db: Connection, *, erased_before: float, now: float, limit: int) -> list[Told]:
    """Conversations that are gone here since before a time and of which the bot has to be told."""
    query = select(table.c.id, table.c.attempts).where(table.c.erased_at <= erased_before, table.c.next_at <= now)
    return [Told(**row._mapping) for row in db.execute(query.order_by(table.c.erased_at).limit(limit))]


def told(db: Connection, conversation_id: str) -> None:
    """The bot has erased it: nothing is left to do."""
    db.execute(delete(table).where(table.c.id == conversation_id))


def postpone(db: Connection, conversation_id: str, *, next_at: float) -> None:
    values = {"attempts": table.c.attempts + 1, "next_at": next_at}
    db.execute(update(table).where(table.c.id == conversation_id).values(values))


def waiting(db: Connection) -> int:
    """How many are not erased everywhere yet."""
    return int(db.execute(select(func.count()).select_from(table)).scalar_one())


def _silent(since: float) -> Select[Any]:
    said = select(items.c.seq).where(items.c.conversation_id == _HELD.id, items.c.at >= since)
    ticket = select(handoffs.c.id).where(handoffs.c.conversation_id == _HELD.id, handoffs.c.is_unanswered)
    query = select(_HELD.id).where(_HELD.active_at < since, _HELD.handoff_since.is_(None))
    return query.where(~said.exists(), ~ticket.exists(), ~_IS_WAITING.exists())


def _locked(db: Connection, query: Select[Any]) -> list[str]:
    """The ids, of conversations that nobody else is changing."""
    return list(db.execute(query.with_for_update(skip_locked=True)).scalars())


def _gone(db: Connection, *, limit: int) -> list[str]:
    """What was asked for and is not here any more."""
    is_here = select(_HELD.id).where(_HELD.id == table.c.id)
    query = select(table.c.id).where(table.c.erased_at.is_(None), ~is_here.exists())
    return list(db.execute(query.limit(limit)).scalars())
