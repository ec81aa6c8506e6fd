"""Asks shoppers how satisfied they were with the bot and with a person, once each in a conversation, and adds it up."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from contract.conversation import Button, Reply
from gateway import sentences
from gateway.handoff_changes import Change
from gateway.items import from_replies
from gateway.offers import Offers
from gateway.store import conversations, handoffs, items, ratings
from gateway.store import offers as offer_store
from gateway.store.database import Database
from gateway.store.items import StoredItem

BOT, PERSON = "bot", "person"
AGAIN_AFTER_S = 24 * 3600.0
MOST_UNANSWERED = 2
LOOK_BACK = 60
FAREWELLS = frozenset({"goodbye", "thanks"})
SMALL_TALK = FAREWELLS | {
    *("greet", "how_are_you", "bot_challenge", "help", "insult", "out_of_scope", "nlu_fallback"),
    *("affirm", "deny", "stop", "inform", "contact_human_agent"),
}
_PAYLOAD = re.compile(rf"gateway:rating:({BOT}|{PERSON}):([1-5])\Z")


@dataclass(frozen=True)
class Pressed:
    """A rating that a shopper chose: ``value`` from 1 (very bad) to 5 (very good)."""

    kind: str
    value: int


def pressed(payload: str | None) -> Pressed | None:
    """The rating behind a button; None for every other one."""
    found = _PAYLOAD.match(payload or "")
    return Pressed(found[1], int(found[2])) if found else None


@dataclass(frozen=True)
class Satisfaction:
    """Asks in the transaction of whoever calls, and only where it may."""

    offers: Offers
    is_on: bool

    def after_handoff(self, db: Connection, changed: Change | None, *, now: float) -> Change | None:
        """The change, with a question about the person who has just given the conversation back."""
        last = handoffs.last_ended(db, changed.conversation.id) if changed else None
        if changed is None or last is None or last.operator is None:
            return changed
        if not items.has_agent(db, last.conversation_id, after=last.asked_seq):
            return changed
        return replace(changed, question=self._ask(db, last.conversation_id, PERSON, operator=last.operator, now=now))

    def after_farewell(
        self, db: Connection, conversation_id: str, intents: tuple[str, ...], *, message_id: str, now: float
    ) -> list[StoredItem]:
        """A question about the bot, with the answer to a shopper who says goodbye after something was done."""
        if not intents or not FAREWELLS.issuperset(intents) or not _did_something(db, conversation_id):
            return []
        question = self._ask(db, conversation_id, BOT, message_id=message_id, now=now)
        return [question] if question else []

    def after_silence(self, db: Connection, conversation_id: str, *, since: float, now: float) -> StoredItem | None:
        """A question about the bot, if its answer was the last word and the shopper has done nothing ``since``."""
        conversation = conversations.locked(db, conversation_id)
        last = items.latest(db, conversation_id, count=1)
        is_answer = bool(last) and "intents" in last[0].body
        if conversation.active_at > since or not is_answer or not _did_something(db, conversation_id):
            return None
        return self._ask(db, conversation_id, BOT, now=now)

    def _ask(
        self,
        db: Connection,
        conversation_id: str,
        kind: str,
        *,
        now: float,
        operator: str | None = None,
        message_id: str | None = None,
    ) -> StoredItem | None:
        in_handoff = conversations.locked(db, conversation_id).in_handoff
        if not self.is_on or in_handoff or _was_asked(db, conversation_id, kind, now=now):
            return None
        if message_id is None and _unanswered(db, conversation_id) >= MOST_UNANSWERED:
            return None
        ratings.ask(db, conversation_id, kind, operator=operator, now=now)
        (new,), made = from_replies(
            (question(kind, operator),),
            offers=self.offers,
            conversation_id=conversation_id,
            message_id=message_id,
            now=now,
        )
        (stored,), _ = items.append(db, conversation_id, [replace(new, author="system")], now=now)
        offer_store.add(db, made)
        return stored


def question(kind: str, operator: str | None) -> Reply:
    """The five answers as buttons, worst first."""
    values = enumerate(sentences.RATINGS, 1)
    buttons = tuple(Button(title, f"gateway:rating:{kind}:{value}") for value, title in values)
    return Reply(sentences.how_was_person(operator) if operator else sentences.HOW_WAS_BOT, buttons)


async def summary(database: Database, *, days: int) -> dict[str, Any]:
    """What shoppers said in the last ``days`` days, by kind: count, mean (None without answers) and distribution."""
    found = await database.read(partial(ratings.counts, since=time.time() - days * 86400))
    return {"days": days, **{kind: _added_up(found.get(kind, {})) for kind in (BOT, PERSON)}}


def _added_up(counts: dict[int, int]) -> dict[str, Any]:
    count = sum(counts.values())
    mean = sum(value * times for value, times in counts.items()) / count if count else None
    return {"count": count, "mean": mean, "distribution": {str(value): counts.get(value, 0) for value in range(1, 6)}}


def _was_asked(db: Connection, conversation_id: str, kind: str, *, now: float) -> bool:
    asked = ratings.asked(db, conversation_id)
    return kind in asked or any(at > now - AGAIN_AFTER_S for at in asked.values())


def _did_something(db: Connection, conversation_id: str) -> bool:
    """Whether the bot lately answered more than small talk."""
    said = items.latest(db, conversation_id, count=LOOK_BACK)
    return any(not SMALL_TALK.issuperset(item.body.get("intents", ())) for item in said)


def _unanswered(db: Connection, conversation_id: str) -> int:
    """How many items nobody asked for are the last ones."""
    count = 0
    for item in reversed(items.latest(db, conversation_id, count=MOST_UNANSWERED)):
        if item.author not in ("bot", "system") or item.message_id is not None:
            break
        count += 1
    return count
