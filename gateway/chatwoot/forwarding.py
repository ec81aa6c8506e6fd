"""Brings handoffs to Chatwoot: one conversation each, with the packet, what the shopper sent in order, and its end.

What is there already is kept in the database after each step, so that a restart goes on where it stopped. Where an
answer of Chatwoot was lost, it is asked what it has before anything is said again.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway import logs, tokens
from gateway.background import Repeating, pause_s
from gateway.chatwoot import messages
from gateway.chatwoot.api import ChatwootApi
from gateway.chatwoot.messages import Message
from gateway.chatwoot.packet import earlier_photos, packet
from gateway.chatwoot.saying import Saying
from gateway.photos import Photos
from gateway.store import chatwoot, handoffs, items
from gateway.store.chatwoot import Link
from gateway.store.database import Database
from gateway.store.handoffs import Handoff
from gateway.store.items import StoredItem

POLL_S = 1.0
LEASE_S = 30.0  # how long a gateway that died keeps the others away
ROUND_S = 25.0
LONGEST_PAUSE_S = 60.0
PATIENCE = 7  # rounds, about two minutes, before words go without a photo that Chatwoot fails to take

log = logs.get()


@dataclass
class Forwarding:
    """A background task. Several gateways on one database may each run it."""

    database: Database
    api: ChatwootApi
    photos: Photos
    key: str
    _noting: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def background(self) -> Repeating:
        """The work that goes on while the gateway runs."""
        return Repeating("chatwoot", self.check, POLL_S)

    async def check(self) -> int:
        """Brings everything forward that is due; returns how many handoffs went through.

        Raises:
            Unavailable: the database does not answer.
        """
        if await self.database.read(chatwoot.unlinked):
            await self.database.write(partial(chatwoot.begin, now=time.time()))
        done = 0
        for handoff_id in await self.database.read(partial(chatwoot.due, now=time.time())):
            done += await self._attempt(handoff_id)
        return done

    async def tell_lost_files(self, chatwoot_id: int, *, number: int) -> bool:
        """Tells agents, once, that not every attachment of their message ``number`` reached the shopper. False: the
        conversation is none of ours.

        Raises:
            Unavailable: Chatwoot or the database does not answer.
        """
        if await self.database.read(partial(chatwoot.by_chatwoot_id, chatwoot_id=chatwoot_id)) is None:
            return False
        note = messages.lost_files(number)
        async with self._noting:  # an account's and an inbox's webhook tell of the same message
            rows = await self.api.said(chatwoot_id, after=number)
            if not any(note.is_like(row) for row in rows):
                await self.api.say(chatwoot_id, note)
        return True

    async def _attempt(self, handoff_id: int) -> bool:
        now = time.time()
        claim = partial(chatwoot.claim, handoff_id=handoff_id, now=now, until=now + LEASE_S)
        link = await self.database.write(claim)
        if link is None:
            return False
        try:
            async with asyncio.timeout(ROUND_S):
                await self._bring(link)
        except Exception as error:  # also an answer of another shape: the others must not wait for this one
            pause = pause_s(link.attempts, longest_s=LONGEST_PAUSE_S)
            log.warning("chatwoot_later", handoff=handoff_id, error=str(error) or type(error).__name__, pause_s=pause)
            await self._keep(link, next_at=time.time() + pause)
            return False
        await self._keep(link, attempts=0, next_at=time.time())
        return True

    async def _bring(self, link: Link) -> None:
        handoff = await self.database.read(partial(handoffs.get, handoff_id=link.handoff_id))
        chatwoot_id = link.chatwoot_id or await self._open(handoff)
        unsure = await self.api.said(chatwoot_id, after=link.acked_id) if link.attempts > 1 else []
        saying = Saying(self.api, self.photos, chatwoot_id, unsure, is_patient=link.attempts <= PATIENCE)
        say = partial(self._say, link, saying)
        if not link.has_packet:
            text = await self.database.read(partial(packet, handoff=handoff))
            await say(Message(text, f"packet-{handoff.id}", is_note=True), has_packet=True)
        if link.forwarded_seq < handoff.asked_seq:
            earlier = partial(earlier_photos, handoff=handoff, after=link.forwarded_seq)
            for item in await self.database.read(earlier):
                await say(messages.earlier_photo(item, handoff_id=handoff.id), forwarded_seq=item.seq)
            await self._keep(link, forwarded_seq=handoff.asked_seq)
        wanted = partial(_of_shopper, handoff=handoff, after=max(link.forwarded_seq, handoff.asked_seq))
        for item in await self.database.read(wanted):
            await say(messages.of_shopper(item), forwarded_seq=item.seq)
        if handoff.ended_at is not None:
            text = f"The bot has the conversation again: {handoff.ended_as}. What you write here takes it over."
            await say(Message(text, f"end-{handoff.id}", is_note=True))
            if not handoff.is_unanswered:  # such a ticket stays open there, too
                await self.api.resolve(chatwoot_id)
            await self._keep(link, is_done=True)

    async def _open(self, handoff: Handoff) -> int:
        """Agents see a name of ours for the shopper, never the id that the bot knows the conversation by."""
        source_id = tokens.derive("chatwoot", handoff.conversation_id, key=self.key)
        contact_id = await self.api.contact(source_id, name=f"Shopper {handoff.ticket_id}")
        chatwoot_id = await self.api.conversation(
            contact_id, source_id=source_id, handoff_id=handoff.id, ticket=handoff.ticket_id
        )
        await self.database.write(partial(chatwoot.open_in, handoff_id=handoff.id, chatwoot_id=chatwoot_id))
        return chatwoot_id

    async def _say(self, link: Link, saying: Saying, message: Message, **done: Any) -> None:
        """Says it and keeps ``done``, so that a round which photos made too long goes on from there."""
        number = await saying.say(message)
        await self._keep(link, acked_id=number, attempts=1, **done)
        saying.is_patient = True

    async def _keep(self, link: Link, **values: Any) -> None:
        await self.database.write(partial(chatwoot.change, handoff_id=link.handoff_id, **values))


def _of_shopper(db: Connection, *, handoff: Handoff, after: int) -> list[StoredItem]:
    """What the shopper sent to the person, in order."""
    last = float("inf") if handoff.ended_seq is None else handoff.ended_seq
    found = items.history(db, handoff.conversation_id, after=after)
    return [item for item in found if item.author == "shopper" and item.seq <= last]
