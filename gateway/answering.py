"""Answers one message of the inbox: from the bot, from a person's queue, or with an apology. Always stored."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from contract.conversation import Effect, Reply, TurnResult
from contract.settings import Settings
from contract.wire import Unavailable
from gateway import effects, logs, news, photos, sentences
from gateway.answer_store import FOR_PERSON, HandoffIsOver, Outcome, store
from gateway.bot_client import BotFault
from gateway.errors import reference
from gateway.hub import Event, Hub
from gateway.items import render
from gateway.metrics import Metrics
from gateway.offers import Offers
from gateway.queueing import Answer
from gateway.reception import ASKED_FOR_PERSON, Reception
from gateway.satisfaction import Satisfaction, pressed
from gateway.store import conversations
from gateway.store.conversations import Conversation
from gateway.store.database import Database
from gateway.store.faults import Fault
from gateway.store.inbox import InboxRow
from gateway.turn import TurnRunner

RECOVERY_S = 15.0
LONGEST_STORE_PAUSE_S = 5.0

log = logs.get()


@dataclass
class Answering:
    """What ``queueing.Lanes`` calls for each message."""

    database: Database
    turns: TurnRunner
    offers: Offers
    hub: Hub
    metrics: Metrics
    settings: Settings
    reception: Reception
    satisfaction: Satisfaction

    async def answer(self, row: InboxRow, is_recovered: bool) -> Answer:
        """Decides what to say and stores it; retries a database that is away, so nothing said is lost."""
        conversation, sent = await self._insist(partial(_situation, row=row, now=time.time()), reading=True)
        try:
            outcome = await self._decide(conversation, row, sent, is_recovered)
            answer = await self._keep(row, outcome)
        except HandoffIsOver:
            return await self.answer(row, is_recovered)
        except Exception as error:  # a bug, or a reply that no database takes: the shopper still gets an answer
            log.error("answering_crashed", error=type(error).__name__, conversation=conversation.id)
            outcome = self._fault(conversation, row, "crash")
            answer = await self._keep(row, outcome)
        self._announce(conversation, answer)
        self.metrics.turns.labels(outcome.kind).inc()
        self.metrics.turn_seconds.observe(max(0.0, time.time() - row.received_at))
        return answer

    async def _keep(self, row: InboxRow, outcome: Outcome) -> Answer:
        keep = partial(
            store,
            row=row,
            outcome=outcome,
            offers=self.offers,
            reception=self.reception,
            satisfaction=self.satisfaction,
            now=time.time(),
        )
        answer: Answer = await self._insist(keep, reading=False)
        return answer

    async def _decide(
        self, conversation: Conversation, row: InboxRow, sent: tuple[str, ...], is_recovered: bool
    ) -> Outcome:
        rating = pressed(row.payload)
        if rating is not None:
            return Outcome("rated", author="system", replies=(Reply(sentences.RATED),), rating=rating)
        wants_news = news.wish(row)
        if wants_news is not None:
            return Outcome("wish", author="system", replies=(news.about_wish(wants_news),), wants_news=wants_news)
        if conversation.in_handoff:
            return _to_person(conversation, row)
        if row.payload == sentences.PERSON_PAYLOAD:
            return _fetch_person(conversation.id)
        self.hub.publish(conversation.id, Event("typing", {"active": True}))
        deadline_s = max(self.settings.turn_deadline_s, RECOVERY_S if is_recovered else 0.0)
        try:
            result = await self.turns.run(conversation, row, photos=sent, deadline_s=deadline_s)
        except BotFault as fault:
            return self._fault(conversation, row, fault.cause)
        return self._from_bot(conversation, row, result)

    def _from_bot(self, conversation: Conversation, row: InboxRow, result: TurnResult) -> Outcome:
        accepted = tuple(
            effects.accepted(
                result.effects, conversation_id=conversation.id, key=self.settings.secret_key, metrics=self.metrics
            )
        )
        replies = tuple(reply for reply in result.replies if _says_something(reply))
        if replies:
            return Outcome("answered", replies=replies, effects=accepted, intents=_intents(result))
        tickets = [effect.ticket_id for effect in accepted if effect.kind == "handoff"]
        if tickets:
            return Outcome("person", replies=(sentences.waiting_for_person(str(tickets[0])),), effects=accepted)
        cause = "failed_action" if result.failed_action else "empty"
        return self._fault(conversation, row, cause, accepted=accepted, action=result.failed_action)

    def _fault(
        self,
        conversation: Conversation,
        row: InboxRow,
        cause: str,
        *,
        accepted: tuple[Effect, ...] = (),
        action: str | None = None,
    ) -> Outcome:
        number = reference()
        self.metrics.faults.labels(cause).inc()
        log.warning(
            "turn_failed",
            ticket=number,
            cause=cause,
            action=action,
            conversation=conversation.id,
            message=row.message_id,
        )
        reply = sentences.fault(number)
        kept = Fault(number, cause, action)
        return Outcome("fault", replies=(reply,), effects=accepted, events=(_said(reply),), fault=kept)

    def _announce(self, conversation: Conversation, answer: Answer) -> None:
        self.hub.publish(conversation.id, *(Event("item", render(item, self.offers)) for item in answer.items))
        self.hub.publish(conversation.id, Event("typing", {"active": False}))
        if answer.in_handoff != conversation.in_handoff:
            state = {"active": answer.in_handoff, "agent_name": answer.operator}
            self.hub.publish(conversation.id, Event("handoff", state))
        if answer.must_rotate:
            self.hub.close_conversation(conversation.id)

    async def _insist(self, work: Any, *, reading: bool) -> Any:
        pause = 0.2
        while True:
            try:
                return await (self.database.read(work) if reading else self.database.write(work))
            except Unavailable:
                log.error("database_unavailable", while_answering=True)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_STORE_PAUSE_S)


def _situation(db: Connection, *, row: InboxRow, now: float) -> tuple[Conversation, tuple[str, ...]]:
    """The conversation, and the photos that the shopper sent lately."""
    conversation = conversations.get(db, row.conversation_id)
    return conversation, photos.of_turn(db, conversation, seq=row.seq, now=now)


def _to_person(conversation: Conversation, row: InboxRow) -> Outcome:
    heard = {"kind": "shopper_message", "text": row.text, "about_message_id": row.message_id}
    if conversation.handoff_operator or conversation.handoff_noted:
        return Outcome(FOR_PERSON, events=(heard,))
    reply = sentences.passed_on(str(conversation.handoff_ticket))
    return Outcome(FOR_PERSON, author="system", replies=(reply,), events=(heard, _said(reply)), is_note=True)


def _fetch_person(conversation_id: str) -> Outcome:
    ticket = reference()
    effect = Effect("handoff", conversation_id, time.time(), ticket_id=ticket, reason=ASKED_FOR_PERSON)
    reply = sentences.waiting_for_person(ticket)
    return Outcome("person", replies=(reply,), effects=(effect,), events=(_said(reply),))


def _intents(result: TurnResult) -> tuple[str, ...]:
    """What the message asked for; nothing where the bot did not understand it."""
    prediction = result.prediction
    if prediction is None or prediction.is_fallback:
        return ()
    return tuple(request.intent.name for request in prediction.requests)


def _said(reply: Reply) -> dict[str, Any]:
    return {"kind": "bot_message", "text": reply.text}


def _says_something(reply: Reply) -> bool:
    return bool((reply.text or "").strip() or reply.cards or reply.buttons)
