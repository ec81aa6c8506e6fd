"""A person has the conversation: what operators see and do, and how the bot gets it back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from contract.wire import Conflict
from gateway import effects, sentences
from gateway.errors import reference
from gateway.hub import Event, Hub
from gateway.items import iso, render
from gateway.offers import Offers
from gateway.store import conversations, items, outbox
from gateway.store.conversations import Conversation
from gateway.store.database import Database
from gateway.store.items import NewItem, StoredItem

LAST_LINES = 5


@dataclass
class Handoffs:
    """The operator's side. Methods return JSON values."""

    database: Database
    hub: Hub
    offers: Offers

    async def open_ones(self) -> list[dict[str, Any]]:
        """Conversations that wait for a person or have one, the longest wait first."""
        return await self.database.read(_open_ones)

    async def conversation(self, conversation_id: str, *, after: int = 0) -> dict[str, Any]:
        """Everything that was said, also what the shopper no longer sees."""

        def load(db: Connection) -> dict[str, Any]:
            found = conversations.get(db, conversation_id)
            lines = [render(item, self.offers) for item in items.history(db, conversation_id, after=after)]
            return {"items": [_without_tokens(line) for line in lines], **_state(found)}

        return await self.database.read(load)

    async def say(self, conversation_id: str, *, operator: str, text: str, item_id: str | None) -> dict[str, Any]:
        """A message of the operator. The same ``item_id`` again says nothing twice.

        Raises:
            Conflict: nobody asked for a person, another operator has it, or the id has another text.
        """
        say = partial(_say, conversation_id=conversation_id, operator=operator, text=text, item_id=item_id)
        stored, is_new = await self.database.write(partial(say, now=time.time()))
        shown = render(stored, self.offers)
        if is_new:
            self.hub.publish(conversation_id, Event("item", shown))
        return shown

    async def take(self, conversation_id: str, *, operator: str) -> dict[str, Any]:
        """The operator has the conversation now, whether or not the shopper asked for a person.

        Raises:
            Conflict: another operator has it.
        """
        take = partial(_take, conversation_id=conversation_id, operator=operator, now=time.time())
        return await self._apply(conversation_id, take)

    async def release(self, conversation_id: str, *, operator: str | None) -> dict[str, Any]:
        """The bot has the conversation again. ``operator`` None: the shopper wanted it so."""
        release = partial(_release, conversation_id=conversation_id, operator=operator, now=time.time())
        return await self._apply(conversation_id, release)

    async def _apply(self, conversation_id: str, work: Any) -> dict[str, Any]:
        stored, conversation = await self.database.write(work)
        if stored is not None:
            self.hub.publish(
                conversation_id,
                Event("item", render(stored, self.offers)),
                Event("handoff", shopper_view(conversation)),
            )
        return _state(conversation)


def _open_ones(db: Connection) -> list[dict[str, Any]]:
    found = []
    for conversation in conversations.in_handoff(db):
        lines = items.latest(db, conversation.id, count=LAST_LINES)
        last = [{"author": line.author, "text": line.text, "at": iso(line.at)} for line in lines]
        found.append({"conversation_id": conversation.id, **_state(conversation), "last_lines": last})
    return found


def _say(
    db: Connection, *, conversation_id: str, operator: str, text: str, item_id: str | None, now: float
) -> tuple[StoredItem, bool]:
    known = items.find(db, conversation_id, item_id) if item_id else None
    if known is not None:
        if known.author != "agent" or known.text != text:
            raise Conflict("This message id was used for another text.")
        return known, False
    conversation = conversations.get(db, conversation_id)
    if not conversation.in_handoff:
        raise Conflict("The bot has this conversation. Take it first.")
    _refuse_other(conversation, operator)
    if conversation.handoff_operator is None:
        conversations.change(db, conversation_id, handoff_operator=operator)
    body = {"operator": operator}
    new = NewItem("agent", text, body, **({"id": item_id} if item_id else {}))
    outbox.add(db, conversation_id, {"kind": "operator_message", "text": text, "operator": operator}, now=now)
    (stored,), _ = items.append(db, conversation_id, [new], now=now)
    return stored, True


def _take(db: Connection, *, conversation_id: str, operator: str, now: float) -> tuple[StoredItem | None, Conversation]:
    conversation = conversations.get(db, conversation_id)
    _refuse_other(conversation, operator)
    if conversation.handoff_operator == operator:
        return None, conversation
    if not conversation.in_handoff:
        effects.hand_over(db, conversation_id, ticket=reference(), reason="taken by an operator", now=now)
    conversations.change(db, conversation_id, handoff_operator=operator)
    stored = _note(db, conversation_id, sentences.joined(operator), now=now)
    return stored, conversations.get(db, conversation_id)


def _release(
    db: Connection, *, conversation_id: str, operator: str | None, now: float
) -> tuple[StoredItem | None, Conversation]:
    conversation = conversations.get(db, conversation_id)
    if not conversation.in_handoff:
        return None, conversation
    nobody = dict.fromkeys(("handoff_ticket", "handoff_reason", "handoff_since", "handoff_operator"))
    conversations.change(db, conversation_id, **nobody, handoff_noted=False)
    text = sentences.HANDOFF_ENDED_BY_OPERATOR if operator else sentences.HANDOFF_ENDED_BY_SHOPPER
    outbox.add(db, conversation_id, {"kind": "handoff_ended", "operator": operator}, now=now)
    stored = _note(db, conversation_id, text, now=now)
    return stored, conversations.get(db, conversation_id)


def _note(db: Connection, conversation_id: str, text: str, *, now: float) -> StoredItem:
    (stored,), _ = items.append(db, conversation_id, [NewItem("system", text)], now=now)
    return stored


def _refuse_other(conversation: Conversation, operator: str) -> None:
    if conversation.handoff_operator not in (None, operator):
        raise Conflict(f"{conversation.handoff_operator} has this conversation.")


def shopper_view(conversation: Conversation) -> dict[str, Any]:
    """What the shopper is told: whether a person has the conversation, and who."""
    return {"active": conversation.in_handoff, "agent_name": conversation.handoff_operator}


def _state(conversation: Conversation) -> dict[str, Any]:
    since = conversation.handoff_since
    return {
        "handoff": conversation.in_handoff,
        "ticket_id": conversation.handoff_ticket,
        "reason": conversation.handoff_reason,
        "operator": conversation.handoff_operator,
        "since": None if since is None else iso(since),
    }


def _without_tokens(shown: dict[str, Any]) -> dict[str, Any]:
    """Operators see which buttons there were; only the shopper may press them."""
    cards = [{**card, "buttons": _titles(card["buttons"])} for card in shown["cards"]]
    return {**shown, "buttons": _titles(shown["buttons"]), "cards": cards}


def _titles(buttons: list[dict[str, str]]) -> list[dict[str, str | None]]:
    return [{"title": button["title"], "token": None} for button in buttons]
