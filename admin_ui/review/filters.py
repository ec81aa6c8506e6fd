"""Which conversations an operator wants to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from admin_ui.review.tables import Conversation, Turn
from contract.wire import InvalidInput


@dataclass(frozen=True)
class Filter:
    """All conditions must hold, those about a message for one and the same message.

    ``since`` and ``until`` are unix seconds; the confidences are bounds in [0, 1], both included.
    """

    since: float | None = None
    until: float | None = None
    channel: str | None = None
    intent: str | None = None
    min_confidence: float = 0.0
    max_confidence: float = 1.0
    only_fallback: bool = False
    only_handoff: bool = False
    only_thumbs_down: bool = False
    text: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.min_confidence <= self.max_confidence <= 1.0:
            raise InvalidInput(
                f"The confidence must lie between 0 and 1, the lower bound first, not {self.min_confidence} "
                f"and {self.max_confidence}."
            )


@dataclass(frozen=True)
class Row:
    """A conversation in a list. ``opening`` is the first thing that the shopper said."""

    id: str
    channel: str
    started_at: float
    last_at: float
    messages: int
    opening: str
    lowest_confidence: float | None
    fallbacks: int
    handoffs: int
    thumbs_down: int


def find(session: Session, wanted: Filter, *, limit: int = 50, offset: int = 0) -> list[Row]:
    """The conversations, the newest first."""
    query = _matching(wanted).order_by(Conversation.last_at.desc(), Conversation.id).limit(limit).offset(offset)
    return [_row(session, conversation) for conversation in session.scalars(query)]


def count(session: Session, wanted: Filter) -> int:
    """How many conversations ``find`` has in all."""
    return session.scalar(select(func.count()).select_from(_matching(wanted).subquery())) or 0


def channels(session: Session) -> list[str]:
    """The channels that occur."""
    return list(session.scalars(select(Conversation.channel).distinct().order_by(Conversation.channel)))


def intents(session: Session) -> list[str]:
    """The intents that were understood at least once."""
    query = select(Turn.intent).where(Turn.intent.is_not(None)).distinct().order_by(Turn.intent)
    return [str(name) for name in session.scalars(query)]


def _matching(wanted: Filter) -> Select[Conversation]:
    said = [Turn.conversation_id == Conversation.id, *_about_message(wanted)]
    query = select(Conversation).where(select(Turn.id).where(*said).exists())
    if wanted.since is not None:
        query = query.where(Conversation.last_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Conversation.started_at < wanted.until)
    if wanted.channel:
        query = query.where(Conversation.channel == wanted.channel)
    return query


def _about_message(wanted: Filter) -> list[Any]:
    found: list[Any] = []
    if wanted.intent:
        found.append(Turn.intent == wanted.intent)
    if wanted.min_confidence > 0.0:
        found.append(Turn.confidence >= wanted.min_confidence)
    if wanted.max_confidence < 1.0:
        found.append(Turn.confidence <= wanted.max_confidence)
    if wanted.only_fallback:
        found.append(Turn.is_fallback.is_(True))
    if wanted.only_handoff:
        found.append(Turn.handoff.is_(True))
    if wanted.only_thumbs_down:
        found.append(Turn.feedback == -1)
    if wanted.text.strip():
        found.append(Turn.text.icontains(wanted.text.strip(), autoescape=True))
    return found


def _row(session: Session, conversation: Conversation) -> Row:
    turns = session.scalars(select(Turn).where(Turn.conversation_id == conversation.id).order_by(Turn.id)).all()
    sure = [turn.confidence for turn in turns if turn.confidence is not None and turn.kind == "message"]
    return Row(
        id=conversation.id,
        channel=conversation.channel,
        started_at=conversation.started_at,
        last_at=conversation.last_at,
        messages=len(turns),
        opening=turns[0].text if turns else "",
        lowest_confidence=min(sure, default=None),
        fallbacks=sum(turn.is_fallback for turn in turns),
        handoffs=sum(turn.handoff for turn in turns),
        thumbs_down=sum(turn.feedback == -1 for turn in turns),
    )
