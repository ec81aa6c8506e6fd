"""The numbers of the overview page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_ui.review.tables import Annotation, Conversation, Fault, Turn


@dataclass
class Day:
    """One day (UTC). ``messages`` are those that the bot had to understand, so neither buttons nor to a person."""

    day: date
    messages: int = 0
    fallbacks: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0
    handoffs: int = 0


@dataclass(frozen=True)
class Figures:
    """Sums over the days, and shares in [0, 1] that are None where there is nothing to divide by."""

    conversations: int
    messages: int
    fallback_rate: float | None
    thumbs_up: int
    thumbs_down: int
    handoffs: int
    approved: int
    faults: int
    days: tuple[Day, ...]
    intents: tuple[tuple[str, int], ...]


def figures(session: Session, *, days: int, now: float) -> Figures:
    """What happened in the last ``days`` days, today included."""
    today = datetime.fromtimestamp(now, timezone.utc).date()
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=timezone.utc).timestamp()
    per_day = {first + timedelta(days=i): Day(first + timedelta(days=i)) for i in range(days)}
    columns = (Turn.at, Turn.kind, Turn.is_fallback, Turn.feedback, Turn.handoff)
    for at, kind, is_fallback, feedback, handoff in session.execute(select(*columns).where(Turn.at >= since)):
        day = per_day.get(datetime.fromtimestamp(at, timezone.utc).date())
        if day is not None:
            _count(day, kind=kind, is_fallback=is_fallback, feedback=feedback, handoff=handoff)
    every = list(per_day.values())
    messages, fallbacks = sum(d.messages for d in every), sum(d.fallbacks for d in every)
    return Figures(
        conversations=session.scalar(select(func.count(Conversation.id)).where(Conversation.last_at >= since)) or 0,
        messages=messages,
        fallback_rate=fallbacks / messages if messages else None,
        thumbs_up=sum(d.thumbs_up for d in every),
        thumbs_down=sum(d.thumbs_down for d in every),
        handoffs=sum(d.handoffs for d in every),
        approved=_approved(session, since),
        faults=session.scalar(select(func.count(Fault.event_id))) or 0,
        days=tuple(every),
        intents=_intents(session, since),
    )


def _count(day: Day, *, kind: str, is_fallback: bool, feedback: int | None, handoff: bool) -> None:
    if kind == "message":
        day.messages += 1
        day.fallbacks += is_fallback
    day.thumbs_up += feedback == 1
    day.thumbs_down += feedback == -1
    day.handoffs += handoff


def _approved(session: Session, since: float) -> int:
    query = select(func.count(Annotation.id)).where(Annotation.state == "approved", Annotation.at >= since)
    return session.scalar(query) or 0


def _intents(session: Session, since: float, *, limit: int = 12) -> tuple[tuple[str, int], ...]:
    many = func.count(Turn.id)
    query = select(Turn.intent, many).where(
        Turn.at >= since, Turn.intent.is_not(None), Turn.kind == "message", Turn.is_fallback.is_(False)
    )
    rows = session.execute(query.group_by(Turn.intent).order_by(many.desc(), Turn.intent).limit(limit))
    return tuple((str(name), int(number)) for name, number in rows)
