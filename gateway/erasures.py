"""Erases conversations: all of a customer whose account was deleted, and those that have been silent for too long.

First here, when nobody is in them any more. The bot is told once whatever was on its way to it is too old to be taken:
then nothing can write into its log again. It is told until it confirms, and leaves the word for the review store.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from contract.conversation import AccountErased, EraseRequest, Erasure
from contract.settings import Settings
from contract.signing import CONTEXT_MAX_AGE_S, sign
from gateway import logs
from gateway.background import Repeating, pause_s
from gateway.bot_client import BotClient, BotFault
from gateway.deployment import DeploymentWatcher
from gateway.hub import Hub
from gateway.photos import Photos
from gateway.store import erasures, known_as
from gateway.store.database import Database
from gateway.store.erasures import Told

EVERY_S = 5.0
AT_ONCE = 200
GRACE_S = 10 * 60.0  # of silence, in which the shopper can read that the account is deleted
LONGEST_S = 60 * 60.0  # for a shopper, or a person, who goes on
SETTLED_S = 2.0 * CONTEXT_MAX_AGE_S
TIMEOUT_S = 5.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 20.0, 600.0

log = logs.get()


@dataclass
class Erasures:
    """A background task. Several gateways on one database may each run it: everything in it can be done twice."""

    database: Database
    bot: BotClient
    deployment: DeploymentWatcher
    hub: Hub
    photos: Photos
    settings: Settings

    def background(self) -> Repeating:
        """The work that goes on while the gateway runs."""
        return Repeating("erasures", lambda: self.run(now=time.time()), EVERY_S)

    async def ask(self, account: AccountErased, *, now: float) -> list[str]:
        """Notes that all conversations of a customer must be erased; returns their ids once that is durable.

        Raises:
            Unavailable: the database does not answer.
        """
        found = await self.database.write(partial(_ask, account=account, now=now))
        log.info("erasure_asked", conversations=len(found))
        return found

    async def erase(self, choose: Callable[[Connection], list[str]], *, now: float) -> int:
        """Erases from this database what ``choose`` finds in the same transaction; returns how many those were.

        Raises:
            Unavailable: the database does not answer.
        """
        gone, photos = await self.database.write(partial(_erase, choose=choose, now=now))
        await self.photos.delete(photos)
        for each in gone:
            self.hub.close_conversation(each)
        if gone:
            log.info("conversations_erased", conversations=len(gone))
        return len(gone)

    async def run(self, *, now: float) -> None:
        """Brings every erasure as far as it can go now.

        Raises:
            Unavailable: the database does not answer.
        """
        due = partial(erasures.due, silent_since=now - GRACE_S, asked_before=now - LONGEST_S, limit=AT_ONCE)
        while await self.erase(due, now=now):
            pass
        while await self._tell_some(now=now):
            pass

    async def _tell_some(self, *, now: float) -> bool:
        """Whether the bot took any."""
        url = self.deployment.url
        if url is None:
            return False
        find = partial(erasures.untold, erased_before=now - SETTLED_S, now=now, limit=AT_ONCE)
        return any([await self._tell(url, each, now=now) for each in await self.database.read(find)])

    async def _tell(self, url: str, each: Told, *, now: float) -> bool:
        erasure = Erasure(each.id, issued_at=time.time())
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self.bot.erase(url, EraseRequest(sign(erasure, key=self.settings.secret_key)))
        except (BotFault, TimeoutError) as error:
            log.warning("erasure_later", conversation=each.id, cause=str(error) or "timeout", attempts=each.attempts)
            pause = pause_s(each.attempts + 1, first_s=FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S)
            await self.database.write(partial(erasures.postpone, conversation_id=each.id, next_at=now + pause))
            return False
        await self.database.write(partial(erasures.told, conversation_id=each.id))
        return True


def _ask(db: Connection, *, account: AccountErased, now: float) -> list[str]:
    found = known_as.conversations_of(db, customer_id=account.customer_id, order_ids=account.order_ids)
    erasures.ask(db, found, now=now)
    return found


def _erase(db: Connection, *, choose: Callable[[Connection], list[str]], now: float) -> tuple[list[str], list[str]]:
    chosen = choose(db)
    return chosen, erasures.erase(db, chosen, now=now)
