"""A person has the conversation: what operators see and do, and how the bot gets it back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway import handoff_actions as actions
from gateway import logs
from gateway.handoff_actions import Said
from gateway.handoff_changes import Change
from gateway.hub import Event, Hub
from gateway.items import iso, render
from gateway.notes import shown
from gateway.offers import Offers
from gateway.satisfaction import Satisfaction
from gateway.store import conversations, handoffs, items, notes
from gateway.store.conversations import Conversation
from gateway.store.database import Database
from gateway.store.handoffs import Handoff

LAST_LINES = 5

log = logs.get()


@dataclass
class Handoffs:
    """The operator's side. Methods return JSON values."""

    database: Database
    hub: Hub
    offers: Offers
    satisfaction: Satisfaction

    async def open_ones(self) -> list[dict[str, Any]]:
        """Conversations that wait for a person or have one, the longest wait first."""
        return await self.database.read(_open_ones)

    async def unanswered(self) -> list[dict[str, Any]]:
        """Tickets that are open although the bot has the conversation again, the oldest first."""
        return [_ticket(handoff) for handoff in await self.database.read(handoffs.unanswered)]

    async def answered(self, conversation_id: str, *, operator: str) -> int:
        """Somebody saw to the open tickets of a conversation; returns how many.

        Raises:
            NotFound: there is no such conversation.
        """

        def answer(db: Connection) -> int:
            conversations.locked(db, conversation_id)
            return handoffs.answer(db, conversation_id)

        closed = await self.database.write(answer)
        log.info("tickets_answered", conversation=conversation_id, operator=operator, tickets=closed)
        return closed

    async def conversation(self, conversation_id: str, *, after: int = 0) -> dict[str, Any]:
        """Everything that was said, also what the shopper no longer sees, and what operators noted."""

        def load(db: Connection) -> dict[str, Any]:
            found = conversations.get(db, conversation_id)
            lines = [render(item, self.offers) for item in items.history(db, conversation_id, after=after)]
            noted = [shown(note) for note in notes.of_conversation(db, conversation_id)]
            said = [_for_operators(line) for line in lines]
            return {"items": said, "notes": noted, "shopper": _shopper(found), **_state(found)}

        return await self.database.read(load)

    async def say(self, conversation_id: str, *, operator: str, text: str, item_id: str | None) -> dict[str, Any]:
        """A message of the operator. The same ``item_id`` again says nothing twice.

        Raises:
            Conflict: nobody asked for a person, another operator has it, or the id has another text.
        """
        say = partial(actions.say, conversation_id=conversation_id, operator=operator, text=text, item_id=item_id)
        return self.tell_said(await self.database.write(partial(say, now=time.time())))

    async def take(self, conversation_id: str, *, operator: str) -> dict[str, Any]:
        """The operator has the conversation now, whether or not the shopper asked for a person.

        Raises:
            Conflict: another operator has it.
        """
        now = time.time()
        return await self._apply(lambda db: actions.take(db, conversation_id, operator=operator, now=now))

    async def release(self, conversation_id: str, *, operator: str | None) -> dict[str, Any]:
        """The bot has the conversation again. ``operator`` None: the shopper wanted it so."""
        now = time.time()

        def release(db: Connection) -> tuple[Change | None, Conversation]:
            changed, conversation = actions.release(db, conversation_id, operator=operator, now=now)
            return self.satisfaction.after_handoff(db, changed, now=now), conversation

        return await self._apply(release)

    def tell(self, changed: Change | None) -> None:
        """Shows a change to the shopper who is there now."""
        if changed is not None:
            conversation = changed.conversation
            told = [Event("item", render(item, self.offers)) for item in (changed.note, changed.question) if item]
            self.hub.publish(conversation.id, *told, Event("handoff", shopper_view(conversation)))

    def tell_said(self, said: Said) -> dict[str, Any]:
        """Shows a person's message to the shopper who is there now; returns it as it is shown."""
        shown = render(said.item, self.offers)
        self.tell(said.taken)
        if said.is_new:
            self.hub.publish(said.item.conversation_id, Event("item", shown))
        return shown

    async def _apply(self, work: Callable[[Connection], tuple[Change | None, Conversation]]) -> dict[str, Any]:
        changed, conversation = await self.database.write(work)
        self.tell(changed)
        return _state(conversation)


def _open_ones(db: Connection) -> list[dict[str, Any]]:
    found = []
    for conversation in conversations.in_handoff(db):
        lines = items.latest(db, conversation.id, count=LAST_LINES)
        last = [{"author": line.author, "text": line.text, "at": iso(line.at)} for line in lines]
        found.append({"conversation_id": conversation.id, **_state(conversation), "last_lines": last})
    return found


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


def _ticket(handoff: Handoff) -> dict[str, Any]:
    return {
        "conversation_id": handoff.conversation_id,
        "ticket_id": handoff.ticket_id,
        "reason": handoff.reason,
        "since": iso(handoff.asked_at),
        "ended_as": handoff.ended_as,
        "operator": handoff.operator,
    }


def _shopper(conversation: Conversation) -> dict[str, Any]:
    """Who the shopper is, as far as the gateway knows."""
    verified_at = conversation.verified_at
    return {
        "customer_id": conversation.customer_id,
        "verified_at": None if verified_at is None else iso(verified_at),
        "identified_orders": list(conversation.identified_orders),
        "channel": conversation.channel,
    }


def _for_operators(shown: dict[str, Any]) -> dict[str, Any]:
    """Operators see which buttons there were; only the shopper may press them. Photos have a route for operators."""
    cards = [{**card, "buttons": _titles(card["buttons"])} for card in shown["cards"]]
    image_url = shown["image_url"] and shown["image_url"].replace("/v1/", "/v1/operator/", 1)
    return {**shown, "image_url": image_url, "buttons": _titles(shown["buttons"]), "cards": cards}


def _titles(buttons: list[dict[str, str]]) -> list[dict[str, str | None]]:
    return [{"title": button["title"], "token": None} for button in buttons]
