"""Who has a conversation, and what may happen to it then: the state machine of a handoff, as one table."""

from __future__ import annotations

from enum import Enum

from gateway.store.conversations import Conversation


class State(str, Enum):
    """Who answers the shopper."""

    BOT = "with the bot"
    WAITING = "waiting"
    PERSON = "with a person"


class Event(str, Enum):
    """What can happen to a conversation."""

    ASKED = "asked"
    TAKEN = "taken"
    RELEASED = "released by operator"
    ENDED_BY_SHOPPER = "ended by shopper"
    QUEUE_TIMED_OUT = "queue timed out"
    OPERATOR_WENT_QUIET = "operator gone quiet"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.BOT, Event.ASKED): State.WAITING,
    (State.BOT, Event.TAKEN): State.PERSON,  # an operator may take what nobody asked for
    (State.WAITING, Event.TAKEN): State.PERSON,
    (State.WAITING, Event.RELEASED): State.BOT,
    (State.WAITING, Event.ENDED_BY_SHOPPER): State.BOT,
    (State.WAITING, Event.QUEUE_TIMED_OUT): State.BOT,
    (State.PERSON, Event.RELEASED): State.BOT,
    (State.PERSON, Event.ENDED_BY_SHOPPER): State.BOT,
    (State.PERSON, Event.OPERATOR_WENT_QUIET): State.BOT,
}


def next_state(state: State, event: Event) -> State | None:
    """The state after ``event``; None where it changes nothing, such as a time-out of what was taken meanwhile."""
    return TRANSITIONS.get((state, event))


def state_of(conversation: Conversation) -> State:
    """The state that a stored conversation is in."""
    if conversation.handoff_since is None:
        return State.BOT
    return State.WAITING if conversation.handoff_operator is None else State.PERSON
