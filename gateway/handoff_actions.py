"""What people do with a conversation, each in one transaction: take it, say something, give it back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from contract.wire import Conflict
from gateway.handoff_changes import Change, change
from gateway.handoff_states import Event, State, state_of
from gateway.store import conversations, handoffs, items, outbox
from gateway.store.conversations import Conversation
from gateway.store.items import NewItem, StoredItem


@dataclass(frozen=True)
class Said:
    """What is stored of a message; ``taken``: the change where its author had to take the conversation first."""

    item: StoredItem
    is_new: bool
    taken: Change | None = None


def say(db: Connection, conversation_id: str, *, operator: str, text: str, item_id: str | None, now: float) -> Said:
    """
    Raises:
        NotFound: there is no such conversation.
        Conflict: the bot or another operator has it, or the id has another text.
    """
    conversation = conversations.locked(db, conversation_id)
    known = _known(db, conversation_id, item_id, text)
    if known is not None:
        return known
    if state_of(conversation) is State.BOT:
        raise Conflict("The bot has this conversation. Take it first.")
    taken, _ = take(db, conversation_id, operator=operator, now=now)
    return Said(_store(db, conversation_id, operator, text, item_id, now=now), True, taken)


def join(db: Connection, conversation_id: str, *, operator: str, text: str, item_id: str, now: float) -> Said:
    """As ``say``, for a desk at which several people answer together: it takes the conversation if nobody has it.

    Raises:
        NotFound: there is no such conversation. Conflict: the id has another text.
    """
    conversation = conversations.locked(db, conversation_id)
    known = _known(db, conversation_id, item_id, text)
    if known is not None:
        return known
    is_held = state_of(conversation) is State.PERSON
    taken = None if is_held else change(db, conversation_id, Event.TAKEN, operator=operator, now=now)
    return Said(_store(db, conversation_id, operator, text, item_id, now=now), True, taken)


def take(db: Connection, conversation_id: str, *, operator: str, now: float) -> tuple[Change | None, Conversation]:
    """
    Raises:
        NotFound: there is no such conversation. Conflict: another operator has it.
    """
    conversation = conversations.locked(db, conversation_id)
    if conversation.handoff_operator not in (None, operator):
        raise Conflict(f"{conversation.handoff_operator} has this conversation.")
    changed = change(db, conversation_id, Event.TAKEN, operator=operator, now=now)
    return changed, changed.conversation if changed else conversation


def release(
    db: Connection, conversation_id: str, *, operator: str | None, now: float
) -> tuple[Change | None, Conversation]:
    """``operator`` None: the shopper wants the bot again.

    Raises:
        NotFound: there is no such conversation.
    """
    event = Event.RELEASED if operator else Event.ENDED_BY_SHOPPER
    changed = change(db, conversation_id, event, operator=operator, now=now)
    return changed, changed.conversation if changed else conversations.get(db, conversation_id)


def _known(db: Connection, conversation_id: str, item_id: str | None, text: str) -> Said | None:
    known = items.find(db, conversation_id, item_id) if item_id else None
    if known is None:
        return None
    if known.author != "agent" or known.text != text:
        raise Conflict("This message id was used for another text.")
    return Said(known, False)


def _store(
    db: Connection, conversation_id: str, operator: str, text: str, item_id: str | None, *, now: float
) -> StoredItem:
    new = NewItem("agent", text, {"operator": operator}, **({"id": item_id} if item_id else {}))
    outbox.add(db, conversation_id, {"kind": "operator_message", "text": text, "operator": operator}, now=now)
    (stored,), _ = items.append(db, conversation_id, [new], now=now)
    handoffs.touch(db, conversation_id, now=now)
    return stored
