"""Takes messages in: durable before acknowledged, unique per conversation, answered once."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from contract.conversation import PHOTO_TEXT
from contract.settings import Settings
from contract.wire import Conflict, TooMany
from gateway import identity, logs
from gateway.answer_store import stored_answer
from gateway.hub import Event, Hub
from gateway.items import render
from gateway.offers import Offers
from gateway.queueing import Answer, Lanes, Ticket
from gateway.ratelimits import RateLimit
from gateway.store import inbox, items, photos
from gateway.store.database import Database
from gateway.store.inbox import InboxRow
from gateway.store.items import NewItem, StoredItem

RETRY_AFTER_S = 2

log = logs.get()


@dataclass(frozen=True)
class Incoming:
    """One message of a shopper, from whatever channel. ``text`` is clean; ``token`` is a button's; ``photo_id``
    goes with a text."""

    conversation_id: str
    message_id: str
    text: str | None = None
    token: str | None = None
    photo_id: str | None = None

    @classmethod
    def with_photo(cls, conversation_id: str, message_id: str, photo_id: str, words: str | None) -> Incoming:
        """A photo and the clean words beside it, of which there may be none."""
        return cls(conversation_id, message_id, text=words or PHOTO_TEXT, photo_id=photo_id)

    @property
    def fingerprint(self) -> str:
        kind, value = ("token", self.token) if self.text is None else ("text", self.text)
        photo = "" if self.photo_id is None else f"\0photo\0{self.photo_id}"
        return hashlib.sha256(f"{kind}\0{value}{photo}".encode()).hexdigest()


@dataclass
class Inbox:
    """``accept`` then ``wait``; ``recover`` once at start."""

    database: Database
    lanes: Lanes
    offers: Offers
    hub: Hub
    settings: Settings
    limit: RateLimit

    async def accept(self, message: Incoming) -> Ticket:
        """Writes a new message and queues it; a known one gets the ticket or the answer it has.

        Raises:
            Conflict: the id was used for another text. TooMany: the queue or the minute is full.
            NotFound: the button was not offered, or the photo is not this conversation's.
            Unavailable: it could not be written.
        """
        ticket = self.lanes.find(message.conversation_id, message.message_id, message.fingerprint)
        if ticket is not None:
            await ticket.is_decided.wait()  # the first request may still be writing it
            return ticket
        is_full = self.lanes.is_full(message.conversation_id)
        if is_full:
            return await self._only_if_known(message)
        ticket = self.lanes.reserve(message.conversation_id, message.message_id, message.fingerprint)
        await asyncio.shield(asyncio.ensure_future(self._write(message, ticket)))
        return ticket

    async def wait(self, ticket: Ticket, *, timeout_s: float) -> Answer | None:
        """The answer, or None if it is not there in time.

        Raises:
            ShopclerkError: what kept the message from being accepted.
        """
        done, _ = await asyncio.wait({ticket.future}, timeout=timeout_s)
        return ticket.future.result() if done else None

    async def recover(self) -> int:
        """Queues what was accepted before a crash or a restart; returns how many messages."""
        rows = await self.database.read(inbox.unanswered)
        for row in rows:
            ticket = self.lanes.reserve(row.conversation_id, row.message_id, row.fingerprint)
            ticket.is_recovered = True
            self.lanes.enqueue(ticket, row)
        if rows:
            log.info("inbox_recovered", messages=len(rows))
        return len(rows)

    async def _write(self, message: Incoming, ticket: Ticket) -> None:
        try:
            admit = functools.cache(partial(self.limit.check, message.conversation_id))  # once, if the job runs twice
            store = partial(self._store, message=message, admit=admit, now=time.time())
            row, own = await self.database.write(store)
            if row.state == inbox.DONE:
                self.lanes.release(ticket, await self.database.read(partial(stored_answer, row=row)))
                return
        except BaseException as error:
            self.lanes.release(ticket, error)
            raise
        self.lanes.enqueue(ticket, row)
        if own is not None:
            self.hub.publish(message.conversation_id, Event("item", render(own, self.offers)))

    def _store(
        self, db: Connection, *, message: Incoming, admit: Callable[[], None], now: float
    ) -> tuple[InboxRow, StoredItem | None]:
        known = _known(db, message)
        if known is not None:
            return known, None
        admit()
        conversation = identity.current(db, message.conversation_id, self.settings, now=now)
        text, payload = message.text, None
        if message.token is not None:
            offer = self.offers.resolve(db, message.token, conversation_id=conversation.id, now=now)
            text, payload = offer.title, offer.payload
        body: dict[str, Any] = {}
        if message.photo_id is not None:
            photos.check_owned(db, message.photo_id, conversation.id)
            body["photo"] = message.photo_id
        own = NewItem("shopper", text, body, message.message_id)
        (stored,), _ = items.append(db, conversation.id, [own], now=now, active_at=now)
        if message.photo_id is not None:
            photos.mark_sent(db, message.photo_id, seq=stored.seq, now=now)
        row = inbox.add(
            db,
            conversation_id=conversation.id,
            message_id=message.message_id,
            fingerprint=message.fingerprint,
            text=text,
            payload=payload,
            seq=stored.seq,
            now=now,
        )
        return row, stored

    async def _only_if_known(self, message: Incoming) -> Ticket:
        row = await self.database.read(partial(_known, message=message))
        if row is None or row.state != inbox.DONE:
            raise TooMany("Too many messages wait for an answer. Please wait a moment.", retry_after=RETRY_AFTER_S)
        ticket = Ticket(message.conversation_id, message.message_id, message.fingerprint)
        ticket.settle(await self.database.read(partial(stored_answer, row=row)))
        return ticket


def _known(db: Connection, message: Incoming) -> InboxRow | None:
    row = inbox.find(db, message.conversation_id, message.message_id)
    if row is not None and row.fingerprint != message.fingerprint:
        raise Conflict("This message id was used for another text.")
    return row
