"""Notices shoppers who have said nothing more after an answer, and asks them once how satisfied they are."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial

from contract.settings import Settings
from contract.wire import Unavailable
from gateway import logs
from gateway.hub import Event, Hub
from gateway.items import render
from gateway.satisfaction import Satisfaction
from gateway.store import conversations
from gateway.store.database import Database

EVERY_S = 5.0
AT_ONCE = 200
NOT_LONGER_S = 1800.0  # who went before that, while no gateway ran, is gone
SLOW_CHANNELS = ("email",)  # where silence says nothing

log = logs.get()


@dataclass
class Silence:
    """A background task. Several gateways on one database may each run it: it is asked once."""

    database: Database
    hub: Hub
    satisfaction: Satisfaction
    settings: Settings
    _checked_up_to: float = 0.0
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self.settings.satisfaction and self.settings.satisfaction_silent_minutes > 0:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def check(self, *, now: float) -> int:
        """Asks whoever fell silent since the last check; returns how many were asked.

        Raises:
            Unavailable: the database does not answer; the next check looks at the same again.
        """
        since = now - self.settings.satisfaction_silent_minutes * 60
        after = max(self._checked_up_to, since - NOT_LONGER_S)
        found = await self.database.read(partial(conversations.silent, after=after, up_to=since, limit=AT_ONCE))
        asked = [await self._ask(each.id, since, now) for each in found if each.channel not in SLOW_CHANNELS]
        self._checked_up_to = found[-1].active_at if len(found) == AT_ONCE else since
        return sum(asked)

    async def _ask(self, conversation_id: str, since: float, now: float) -> bool:
        ask = partial(self.satisfaction.after_silence, conversation_id=conversation_id, since=since, now=now)
        item = await self.database.write(ask)
        if item is not None:
            self.hub.publish(conversation_id, Event("item", render(item, self.satisfaction.offers)))
        return item is not None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.check(now=time.time())
            except Unavailable:
                continue
            except Exception as error:
                log.error("silence_crashed", error=type(error).__name__)
