"""Forgets what nobody can use any more: expired offers, ended sessions, chats in which nobody ever spoke, photos."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from sqlalchemy import Connection

from contract.settings import Settings
from contract.wire import Unavailable
from gateway import logs
from gateway.photos import Photos
from gateway.store import conversations, offers, sessions
from gateway.store.database import Database

EVERY_S = 600.0
SILENT_AT_ONCE = 500

log = logs.get()


@dataclass
class Janitor:
    database: Database
    photos: Photos
    settings: Settings
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def clean(self) -> None:
        """
        Raises:
            Unavailable: the database does not answer.
        """
        await self.database.write(self._clean)
        await self.photos.clean()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.clean()
            except Unavailable:
                continue
            except Exception as error:
                log.error("janitor_crashed", error=type(error).__name__)

    def _clean(self, db: Connection) -> None:
        now = time.time()
        offers.delete_expired(db, now=now)
        sessions.delete_ended(db, before=now - self.settings.session_max_hours * 3600)
        conversations.delete_silent(db, limit=SILENT_AT_ONCE)
