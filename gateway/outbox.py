"""Delivers events to the bot's log, in order within a conversation, again and again until they are taken."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial

from contract.conversation import Context, ListenRequest
from contract.settings import Settings
from contract.signing import sign
from gateway import logs
from gateway.background import Repeating, pause_s
from gateway.bot_client import BotClient, BotFault
from gateway.deployment import DeploymentWatcher
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.outbox import OutboxRow

POLL_S = 1.0
TIMEOUT_S = 5.0
LONGEST_PAUSE_S = 60.0
REFUSALS = 20

log = logs.get()


@dataclass
class Outbox:
    """A background task that looks for events once a second."""

    database: Database
    bot: BotClient
    deployment: DeploymentWatcher
    settings: Settings

    def background(self) -> Repeating:
        """The work that goes on while the gateway runs."""
        return Repeating("outbox", self._drain, POLL_S)

    async def _drain(self) -> None:
        while await self._round():
            pass

    async def _round(self) -> int:
        """Tries the first event of each conversation; returns how many were taken."""
        url = self.deployment.url
        if url is None:
            return 0
        sent = 0
        for row in await self.database.read(partial(outbox.oldest_of_each, now=time.time())):
            sent += await self._deliver(url, row)
        return sent

    async def _deliver(self, url: str, row: OutboxRow) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self.bot.listen(url, self._request(row))
        except Exception as error:  # also an event that this version does not know: the others must not wait for it
            await self._later(row, error)
            return False
        await self.database.write(partial(outbox.delivered, row_id=row.id))
        return True

    async def _later(self, row: OutboxRow, error: Exception) -> None:
        is_refused = isinstance(error, BotFault) and error.cause.startswith("status_4")
        if is_refused and row.attempts + 1 >= REFUSALS:
            log.error("event_dropped", kind=row.event["kind"], conversation=row.conversation_id, cause=str(error))
            await self.database.write(partial(outbox.delivered, row_id=row.id))
            return
        next_at = time.time() + pause_s(row.attempts + 1, longest_s=LONGEST_PAUSE_S)
        await self.database.write(partial(outbox.postpone, row_id=row.id, next_at=next_at))

    def _request(self, row: OutboxRow) -> ListenRequest:
        context = Context(row.conversation_id, row.event_id, row.channel, issued_at=time.time())
        return ListenRequest(context=sign(context, key=self.settings.secret_key), **row.event)
