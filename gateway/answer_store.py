"""The one transaction that ends a turn: items, offers, effects, events, and the inbox row's completion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from contract.conversation import Effect, Reply
from gateway import effects
from gateway.items import from_replies
from gateway.offers import Offers
from gateway.queueing import Answer
from gateway.reception import Reception
from gateway.repeats import LOOK_BACK, varied
from gateway.satisfaction import Pressed, Satisfaction
from gateway.store import conversations, faults, inbox, items, news, outbox, ratings
from gateway.store import offers as offer_store
from gateway.store.conversations import Conversation
from gateway.store.faults import Fault
from gateway.store.inbox import InboxRow
from gateway.store.items import NewItem, StoredItem

ANSWERED, FOR_PERSON = "answered", "handoff"


@dataclass(frozen=True)
class Outcome:
    """What to store for one message. ``kind``: answered, fault, handoff, person, rated or wish. ``events`` go to the
    bot's log. ``is_note``: the shopper now knows that a person was told. ``intents``: what the bot understood.
    ``wants_news``: what the shopper wishes from now on."""

    kind: str
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    events: tuple[dict[str, Any], ...] = ()
    author: str = "bot"
    is_note: bool = False
    fault: Fault | None = None
    intents: tuple[str, ...] = ()
    rating: Pressed | None = None
    wants_news: bool | None = None


class HandoffIsOver(Exception):
    """What was meant for a person came when the bot had the conversation again: nothing was stored, decide again."""


def store(
    db: Connection,
    *,
    row: InboxRow,
    outcome: Outcome,
    offers: Offers,
    reception: Reception,
    satisfaction: Satisfaction,
    now: float,
) -> Answer:
    """Stores an outcome, once: a second call gives the answer that is stored.

    Raises:
        HandoffIsOver: it is for a person, and the bot has the conversation again.
    """
    if not inbox.finish(db, row.position, now=now):
        return stored_answer(db, row)
    if outcome.kind == FOR_PERSON and not conversations.locked(db, row.conversation_id).in_handoff:
        raise HandoffIsOver
    replies = _without_third_time(db, row, outcome)
    new, made = from_replies(
        replies, offers=offers, conversation_id=row.conversation_id, message_id=row.message_id, now=now
    )
    understood = {"intents": list(outcome.intents)} if outcome.intents else {}
    said = [replace(item, author=outcome.author, body={**item.body, **understood}) for item in new]
    stored, conversation = items.append(db, row.conversation_id, said, now=now)
    offer_store.add(db, made)
    notes: list[str] = []
    if outcome.effects:
        notes = effects.apply(db, conversation, list(outcome.effects), row=row, reception=reception, now=now)
        told = [NewItem("system", note, message_id=row.message_id) for note in notes]
        noted, conversation = items.append(db, row.conversation_id, told, now=now)
        stored += noted
    if outcome.rating is not None:
        chosen = outcome.rating
        ratings.rate(db, row.conversation_id, chosen.kind, value=chosen.value, now=now)
    if outcome.wants_news is not None:
        news.want(db, row.conversation_id, is_wanted=outcome.wants_news, now=now)
    stored += satisfaction.after_farewell(db, row.conversation_id, outcome.intents, message_id=row.message_id, now=now)
    if outcome.is_note:
        conversations.change(db, conversation.id, handoff_noted=True)
    if outcome.fault is not None:
        faults.add(db, outcome.fault, conversation_id=conversation.id, message_id=row.message_id, now=now)
    for event in (*outcome.events, *({"kind": "bot_message", "text": note} for note in notes)):
        outbox.add(db, conversation.id, event, now=now)
    return _answer(row, stored, conversation)


def _without_third_time(db: Connection, row: InboxRow, outcome: Outcome) -> tuple[Reply, ...]:
    if outcome.kind != ANSWERED:
        return outcome.replies
    return varied(outcome.replies, items.latest(db, row.conversation_id, count=LOOK_BACK))


def stored_answer(db: Connection, row: InboxRow) -> Answer:
    """The answer to a message that is done."""
    found = items.answers(db, row.conversation_id, row.message_id)
    return _answer(row, found, conversations.get(db, row.conversation_id))


def _answer(row: InboxRow, found: list[StoredItem], conversation: Conversation) -> Answer:
    return Answer(
        message_id=row.message_id,
        items=tuple(found),
        seq=found[-1].seq if found else row.seq,
        in_handoff=conversation.in_handoff,
        operator=conversation.handoff_operator,
        must_rotate=conversation.pending_message_id == row.message_id,
    )
