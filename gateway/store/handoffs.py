"""Every handoff there was: when a person was asked for, who took it and when, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, case, func, insert, literal, select, update

from gateway.store.tables import conversations
from gateway.store.tables import handoffs as table

_IS_OPEN = table.c.ended_at.is_(None)


@dataclass(frozen=True)
class Handoff:
    """``operator_at``: when the operator last did something. ``ended_as``: the event that ended it.
    ``is_unanswered``: nobody saw to its ticket yet. What the shopper wrote after item ``asked_seq`` and until
    ``ended_seq`` is for the person."""

    id: int
    conversation_id: str
    ticket_id: str
    reason: str
    asked_seq: int
    ended_seq: int | None
    asked_at: float
    taken_at: float | None
    operator: str | None
    operator_at: float | None
    ended_at: float | None
    ended_as: str | None
    is_unanswered: bool


def begin(db: Connection, conversation_id: str, *, ticket_id: str, reason: str, seq: int, now: float) -> None:
    values = {"conversation_id": conversation_id, "ticket_id": ticket_id, "reason": reason}
    db.execute(insert(table), {**values, "asked_seq": seq, "asked_at": now, "is_unanswered": False})


def take(db: Connection, conversation_id: str, *, operator: str, now: float) -> None:
    """The open handoff has an operator; what nobody answered in this conversation before is in good hands, too."""
    answer(db, conversation_id)
    _change_open(db, conversation_id, taken_at=now, operator=operator, operator_at=now)


def touch(db: Connection, conversation_id: str, *, now: float) -> None:
    """The operator did something."""
    _change_open(db, conversation_id, operator_at=now)


def end(db: Connection, conversation_id: str, *, ended_as: str, is_unanswered: bool, seq: int, now: float) -> None:
    ended = {"ended_at": now, "ended_seq": seq, "ended_as": ended_as}
    _change_open(db, conversation_id, **ended, is_unanswered=is_unanswered)


def answer(db: Connection, conversation_id: str) -> int:
    """Somebody saw to what nobody had answered in this conversation; returns how many tickets that were."""
    unanswered = update(table).where(table.c.conversation_id == conversation_id, table.c.is_unanswered)
    return db.execute(unanswered.values(is_unanswered=False)).rowcount


def unanswered(db: Connection, *, limit: int = 200) -> list[Handoff]:
    """Handoffs whose tickets are open although the bot has the conversation again, the oldest first."""
    return _rows(db, select(table).where(table.c.is_unanswered).order_by(table.c.asked_at).limit(limit))


def untaken(db: Connection, *, asked_before: float, limit: int = 100) -> list[Handoff]:
    """Handoffs that have waited since before a time."""
    return _rows(
        db, select(table).where(_IS_OPEN, table.c.taken_at.is_(None), table.c.asked_at < asked_before).limit(limit)
    )


def quiet(db: Connection, *, active_before: float, limit: int = 100) -> list[Handoff]:
    """Handoffs whose operator has done nothing since before a time."""
    return _rows(db, select(table).where(_IS_OPEN, table.c.operator_at < active_before).limit(limit))


def get(db: Connection, handoff_id: int) -> Handoff:
    return _rows(db, select(table).where(table.c.id == handoff_id))[0]


def current(db: Connection, conversation_id: str) -> Handoff | None:
    """The handoff that has not ended."""
    found = _rows(db, select(table).where(_IS_OPEN, table.c.conversation_id == conversation_id))
    return found[0] if found else None


def last_ended(db: Connection, conversation_id: str) -> Handoff | None:
    query = select(table).where(table.c.conversation_id == conversation_id, table.c.ended_at.is_not(None))
    found = _rows(db, query.order_by(table.c.id.desc()).limit(1))
    return found[0] if found else None


def waiting_before(db: Connection, handoff: Handoff) -> int:
    """How many wait that asked earlier."""
    query = select(func.count()).where(_IS_OPEN, table.c.taken_at.is_(None), table.c.id < handoff.id)
    return int(db.execute(query).scalar_one())


def recent_waits(db: Connection, *, since: float, limit: int) -> list[float]:
    """Seconds that shoppers waited until they were taken, of the newest takes since a time."""
    waited = (table.c.taken_at - table.c.asked_at).label("waited")
    query = select(waited).where(table.c.taken_at > since, waited > 0).order_by(table.c.taken_at.desc()).limit(limit)
    return [float(row.waited) for row in db.execute(query)]


def adopt(db: Connection) -> None:
    """Begins a row for each conversation that a gateway without this table had handed over."""
    held = conversations.c
    known = select(table.c.id).where(table.c.conversation_id == held.id, _IS_OPEN).exists()
    is_taken = held.handoff_operator.is_not(None)
    query = select(
        held.id,
        func.coalesce(held.handoff_ticket, ""),
        func.coalesce(held.handoff_reason, ""),
        held.last_seq,
        held.handoff_since,
        case((is_taken, held.handoff_since)),
        held.handoff_operator,
        case((is_taken, held.handoff_since)),
        literal(False),
    ).where(held.handoff_since.is_not(None), ~known)
    names = ["conversation_id", "ticket_id", "reason", "asked_seq", "asked_at", "taken_at", "operator", "operator_at"]
    db.execute(insert(table).from_select([*names, "is_unanswered"], query))


def _change_open(db: Connection, conversation_id: str, **values: Any) -> None:
    db.execute(update(table).where(table.c.conversation_id == conversation_id, _IS_OPEN).values(**values))


def _rows(db: Connection, query: Select[Any]) -> list[Handoff]:
    return [Handoff(**row._mapping) for row in db.execute(query)]
