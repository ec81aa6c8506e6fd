"""The one place that changes who has a conversation, in the transaction of whoever calls."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway import sentences
from gateway.errors import reference
from gateway.handoff_states import Event, State, next_state, state_of
from gateway.store import conversations, handoffs, items, outbox
from gateway.store.conversations import Conversation
from gateway.store.items import NewItem, StoredItem

UNANSWERED = (Event.QUEUE_TIMED_OUT, Event.OPERATOR_WENT_QUIET)


@dataclass(frozen=True)
class Request:
    """Why a person is wanted, and the number that the shopper was given for it. ``seq``: the item that asked for it;
    None: the last one."""

    ticket: str
    reason: str
    seq: int | None = None


@dataclass(frozen=True)
class Change:
    """The conversation after a change, what the shopper is told of it (None: nothing yet) and asked about it."""

    conversation: Conversation
    note: StoredItem | None = None
    question: StoredItem | None = None


def change(
    db: Connection,
    conversation_id: str,
    event: Event,
    *,
    now: float,
    operator: str | None = None,
    request: Request | None = None,
) -> Change | None:
    """Stores what ``event`` makes of the conversation: its state, its history, the note to the shopper and the
    line in the bot's log. None where it changes nothing. ``TAKEN`` needs ``operator``, ``ASKED`` a ``request``.

    Raises:
        NotFound: there is no such conversation.
    """
    conversation = conversations.locked(db, conversation_id)
    before = state_of(conversation)
    after = next_state(before, event)
    if after is None:
        return None
    if before is State.BOT:
        _begin(db, conversation, request or Request(reference(), "taken by an operator"), now=now)
    if after is State.PERSON:
        conversations.change(db, conversation_id, handoff_operator=operator)
        handoffs.take(db, conversation_id, operator=str(operator), now=now)
    if after is State.BOT:
        _end(db, conversation, event, operator=operator, now=now)
    note = _tell(db, conversation, event, operator=operator, now=now)
    return Change(conversations.get(db, conversation_id), note)


def _begin(db: Connection, conversation: Conversation, request: Request, *, now: float) -> None:
    seq = conversation.last_seq if request.seq is None else request.seq
    ticket, reason = request.ticket[:64], request.reason[:200]
    conversations.change(
        db,
        conversation.id,
        handoff_ticket=ticket,
        handoff_reason=reason,
        handoff_since=now,
        handoff_operator=None,
        handoff_noted=False,
    )
    handoffs.begin(db, conversation.id, ticket_id=ticket, reason=reason, seq=seq, now=now)


def _end(db: Connection, conversation: Conversation, event: Event, *, operator: str | None, now: float) -> None:
    nobody = dict.fromkeys(("handoff_ticket", "handoff_reason", "handoff_since", "handoff_operator"))
    conversations.change(db, conversation.id, **nobody, handoff_noted=False)
    is_unanswered = event in UNANSWERED
    seq = conversation.last_seq
    handoffs.end(db, conversation.id, ended_as=event.value, is_unanswered=is_unanswered, seq=seq, now=now)
    outbox.add(db, conversation.id, {"kind": "handoff_ended", "operator": operator}, now=now)


def _tell(db: Connection, before: Conversation, event: Event, *, operator: str | None, now: float) -> StoredItem | None:
    """The shopper's note. Whoever asks for a person was just answered."""
    if event is Event.ASKED:
        return None
    texts = {
        Event.TAKEN: sentences.joined(str(operator)),
        Event.RELEASED: sentences.HANDOFF_ENDED_BY_OPERATOR,
        Event.ENDED_BY_SHOPPER: sentences.HANDOFF_ENDED_BY_SHOPPER,
        Event.QUEUE_TIMED_OUT: sentences.nobody_is_free(str(before.handoff_ticket)),
        Event.OPERATOR_WENT_QUIET: sentences.operator_went_quiet(str(before.handoff_ticket)),
    }
    (stored,), _ = items.append(db, before.id, [NewItem("system", texts[event])], now=now)
    return stored
