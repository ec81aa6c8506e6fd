"""Forgets what nobody can use any more: expired offers, ended sessions, chats in which nobody ever spoke, old news,
photos; and conversations that have been silent for as long as the settings say."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from contract.settings import Settings
from contract.wire import Unavailable
from gateway import logs
from gateway.background import Repeating
from gateway.erasures import Erasures
from gateway.news import FOLLOWED_S
from gateway.photos import Photos
from gateway.store import erasures as erasure_store
from gateway.store import news, offers, sessions
from gateway.store.database import Database
from gateway.tickets import Tickets

EVERY_S = 600.0
UNSPOKEN_AT_ONCE = 500
SILENT_AT_ONCE = 200
DAY_S = 24 * 3600.0

log = logs.get()


@dataclass
class Janitor:
    database: Database
    photos: Photos
    erasures: Erasures
    tickets: Tickets
    settings: Settings

    def background(self) -> Repeating:
        """The work that goes on while the gateway runs."""
        return Repeating("janitor", self.clean, EVERY_S)

    async def clean(self) -> None:
        """
        Raises:
            Unavailable: the database does not answer.
        """
        await self.database.write(self._clean)
        await self.photos.clean()
        now = time.time()
        unspoken = partial(erasure_store.unspoken, with_handoff=True, limit=UNSPOKEN_AT_ONCE)
        await self.erasures.erase(unspoken, now=now)
        await self.erase_silent(now=now)

    async def erase_silent(self, *, now: float) -> int:
        """Erases what was silent for ``conversation_days``, where no ticket is open; returns how many conversations.

        Raises:
            Unavailable: the database does not answer.
        """
        if self.settings.conversation_days <= 0:
            return 0
        since, last, count = now - self.settings.conversation_days * DAY_S, "", 0
        find = partial(erasure_store.silent, since=since, limit=SILENT_AT_ONCE)
        while found := await self.database.read(partial(find, after=last)):
            try:
                held = await self.tickets.open_in(found)
            except Unavailable as error:  # rather later than without knowing
                log.warning("retention_waits", why=error.message)
                break
            free = [each for each in found if each not in held]
            choose = partial(erasure_store.still_silent, conversation_ids=free, since=since)
            count, last = count + await self.erasures.erase(choose, now=now), found[-1]
        return count

    def _clean(self, db: Connection) -> None:
        now = time.time()
        offers.delete_expired(db, now=now)
        sessions.delete_ended(db, before=now - self.settings.session_max_hours * 3600)
        news.delete_old(db, before=now - FOLLOWED_S)
        erasure_store.forget(db, erasure_store.unspoken(db, with_handoff=False, limit=UNSPOKEN_AT_ONCE))
