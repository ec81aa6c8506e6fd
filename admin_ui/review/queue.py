"""The review queue: messages that have a reason and no decision yet, those that say the same as one row."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_ui.review.reasons import Reason, has_reason, reasons_of
from admin_ui.review.tables import Turn


@dataclass(frozen=True)
class Group:
    """Messages that say the same. ``turn`` stands for all of them; it is the newest."""

    text_key: str
    turn: Turn
    count: int
    reasons: tuple[Reason, ...]


def groups(session: Session, *, reasons: tuple[str, ...] = (), limit: int = 50, offset: int = 0) -> list[Group]:
    """The groups, the most frequent first, then the newest."""
    newest, count = func.max(Turn.id).label("newest"), func.count(Turn.id).label("count")
    waiting = select(Turn.text_key, newest, count).where(Turn.label.is_(None), has_reason(reasons))
    rows = session.execute(
        waiting.group_by(Turn.text_key).order_by(count.desc(), newest.desc()).limit(limit).offset(offset)
    ).all()
    return [_group(session, row.text_key, row.newest, int(row[2]), reasons) for row in rows]


def waiting(session: Session, *, reasons: tuple[str, ...] = ()) -> int:
    """How many groups wait for a decision."""
    query = select(func.count(func.distinct(Turn.text_key))).where(Turn.label.is_(None), has_reason(reasons))
    return session.scalar(query) or 0


def members(session: Session, text_key: str) -> list[Turn]:
    """The typed messages that say the same and have no decision yet, with or without a reason; newest first."""
    query = select(Turn).where(Turn.text_key == text_key, Turn.kind == "message", Turn.label.is_(None))
    return list(session.scalars(query.order_by(Turn.id.desc())))


def _group(session: Session, text_key: str, newest: int, count: int, reasons: tuple[str, ...]) -> Group:
    query = select(Turn).where(Turn.text_key == text_key, Turn.label.is_(None), has_reason(reasons)).limit(200)
    found: dict[str, Reason] = {}
    for turn in session.scalars(query):
        found |= {reason.name: reason for reason in reasons_of(turn)}
    turn = session.get_one(Turn, newest)
    ordered = sorted(found.values(), key=lambda reason: reason.title)
    return Group(text_key, turn, count, tuple(ordered))
