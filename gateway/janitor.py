"""Forgets what nobody can use any more: expired offers, ended sessions, chats in which nobody ever spoke, old news,
photos."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection

from contract.settings import Settings
from gateway import logs
from gateway.background import Repeating
from gateway.news import FOLLOWED_S
from gateway.photos import Photos
from gateway.store import conversations, news, offers, sessions
from gateway.store.database import Database

EVERY_S = 600.0
SILENT_AT_ONCE = 500

log = logs.get()


@dataclass
class Janitor:
    database: Database
    photos: Photos
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

    def _clean(self, db: Connection) -> None:
        now = time.time()
        offers.delete_expired(db, now=now)
        sessions.delete_ended(db, before=now - self.settings.session_max_hours * 3600)
        news.delete_old(db, before=now - FOLLOWED_S)
        conversations.delete_silent(db, limit=SILENT_AT_ONCE)
