"""Notices shoppers who have said nothing more after an answer, and asks them once how satisfied they are."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from contract.settings import Settings
from gateway import logs
from gateway.background import Repeating
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

    @property
    def is_on(self) -> bool:
        return self.settings.satisfaction and self.settings.satisfaction_silent_minutes > 0

    def background(self) -> Repeating:
        """The work that goes on while the gateway runs."""
        return Repeating("silence", lambda: self.check(now=time.time()), EVERY_S)

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
