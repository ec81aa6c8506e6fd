"""Writes what was seen into the review store, in the order of the log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_ui.review.erasing import forget
from admin_ui.review.projection.seen import IGNORED, Seen
from admin_ui.review.tables import Conversation, Step, Turn
from contract.conversation import ERASED

LEAVING_ACTION = "action_deactivate_loop"
LEAVING_INTENTS = frozenset({"stop"})


def apply(session: Session, seen: Seen) -> None:
    """One event. Whoever calls sees to it that no event is applied twice."""
    if seen.kind == ERASED:
        forget(session, [seen.conversation_id])
        return
    conversation = _conversation(session, seen)
    if seen.kind == IGNORED:
        return
    if seen.turn is not None:
        _say(session, conversation, seen.turn)
        return
    turn = session.get(Turn, conversation.last_turn_id) if conversation.last_turn_id else None
    if seen.kind == "form":
        _form(conversation, turn, seen)
    elif seen.kind == "session" and conversation.form:
        _abandon(conversation, turn)
    elif seen.kind == "feedback":
        turn = _feedback(session, seen) or turn
    elif seen.kind == "handoff":
        conversation.with_person = False
    elif seen.kind == "action":
        conversation.last_action = seen.text
    if seen.hands_over:
        _hand_over(conversation, turn)
    session.add(_step(seen, turn))


def _conversation(session: Session, seen: Seen) -> Conversation:
    found = session.get(Conversation, seen.conversation_id)
    if found is None:
        found = Conversation(id=seen.conversation_id, channel="web", started_at=seen.at, last_at=seen.at)
        found.with_person = False
        session.add(found)
        session.flush()
    found.last_at = max(found.last_at, seen.at)
    if seen.channel:
        found.channel = seen.channel
    return found


def _say(session: Session, conversation: Conversation, turn: Turn) -> None:
    turn.form = conversation.form
    session.add(turn)
    conversation.last_turn_id = turn.id


def _form(conversation: Conversation, turn: Turn | None, seen: Seen) -> None:
    """A form that ends under its own name was filled in; any other end is leaving it."""
    if seen.text:
        conversation.form = seen.text
        return
    left = conversation.last_action in (LEAVING_ACTION, None) or (turn is not None and turn.intent in LEAVING_INTENTS)
    if conversation.form and left:
        _abandon(conversation, turn)
    conversation.form = None


def _abandon(conversation: Conversation, turn: Turn | None) -> None:
    conversation.form = None
    if turn is not None:
        turn.form_abandoned = True


def _hand_over(conversation: Conversation, turn: Turn | None) -> None:
    conversation.with_person = True
    if turn is not None:
        turn.handoff = True


def _feedback(session: Session, seen: Seen) -> Turn | None:
    query = select(Turn).where(Turn.conversation_id == seen.conversation_id, Turn.message_id == seen.about_message_id)
    turn = session.scalars(query.order_by(Turn.id.desc()).limit(1)).first()
    if turn is not None:
        turn.feedback = seen.value
    return turn


def _step(seen: Seen, turn: Turn | None) -> Step:
    detail: dict[str, Any] = dict(seen.detail)
    if seen.value is not None:
        detail["value"] = seen.value
    return Step(
        id=seen.id,
        conversation_id=seen.conversation_id,
        turn_id=turn.id if turn is not None else None,
        at=seen.at,
        kind=seen.kind,
        text=seen.text,
        detail=detail,
    )
