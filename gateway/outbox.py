"""Delivers events to the bot's log, in order within a conversation, again and again until they are taken."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial

from contract.conversation import Context, ListenRequest, sign
from contract.settings import Settings
from contract.wire import Unavailable
from gateway import logs
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
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                sent = await self._round()
            except Unavailable:
                sent = 0
            except Exception as error:
                log.error("outbox_crashed", error=type(error).__name__)
                sent = 0
            if not sent:
                await asyncio.sleep(POLL_S)

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
        next_at = time.time() + min(LONGEST_PAUSE_S, 2.0 ** min(row.attempts, 6))
        await self.database.write(partial(outbox.postpone, row_id=row.id, next_at=next_at))

    def _request(self, row: OutboxRow) -> ListenRequest:
        context = Context(row.conversation_id, row.event_id, row.channel, issued_at=time.time())
        return ListenRequest(context=sign(context, key=self.settings.secret_key), **row.event)
