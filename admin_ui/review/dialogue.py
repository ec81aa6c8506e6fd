"""One conversation, turn by turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_ui.review.tables import Conversation, Step, Turn
from contract.wire import NotFound

OPENING = -1


@dataclass
class Exchange:
    """What a shopper said and everything that followed it. ``turn`` is None before the first message."""

    turn: Turn | None
    steps: list[Step] = field(default_factory=list)

    @property
    def answers(self) -> list[Step]:
        """What the bot or a person said."""
        return [step for step in self.steps if step.kind in ("answer", "operator")]

    @property
    def doings(self) -> list[Step]:
        """What happened that the shopper did not see."""
        return [step for step in self.steps if step.kind not in ("answer", "operator", "feedback")]


def load(session: Session, conversation_id: str) -> tuple[Conversation, list[Exchange]]:
    """The conversation in the order of its events.

    Raises:
        NotFound: the review store does not have it.
    """
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound(f"There is no conversation {conversation_id!r} in the review store.")
    turns = session.scalars(select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.id))
    exchanges = {OPENING: Exchange(None)} | {turn.id: Exchange(turn) for turn in turns}
    for step in session.scalars(select(Step).where(Step.conversation_id == conversation_id).order_by(Step.id)):
        exchanges.get(step.turn_id or OPENING, exchanges[OPENING]).steps.append(step)
    return conversation, [item for item in exchanges.values() if item.turn is not None or item.steps]


def same_count(session: Session, turn: Turn) -> int:
    """How many typed messages say the same as this one, itself included."""
    query = select(func.count(Turn.id)).where(
        Turn.text_key == turn.text_key, Turn.kind == "message", Turn.id != turn.id
    )
    return 1 + (session.scalar(query) or 0)


def turn(session: Session, turn_id: int) -> Turn:
    """
    Raises:
        NotFound: there is no such message.
    """
    found = session.get(Turn, turn_id)
    if found is None:
        raise NotFound(f"There is no message {turn_id} in the review store.")
    return found
