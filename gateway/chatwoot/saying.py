"""One round of messages into one conversation of Chatwoot: each once, and no photo keeps the words back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from contract.wire import NotFound, Unavailable
from gateway import logs
from gateway.chatwoot.api import ChatwootApi, PhotoRefused
from gateway.chatwoot.messages import GONE, REFUSED, Message
from gateway.photos import Photos

log = logs.get()


@dataclass
class Saying:
    """``unsure``: messages in Chatwoot that nobody confirmed to us. ``is_patient``: a photo that cannot be brought
    there may be tried again in a later round."""

    api: ChatwootApi
    photos: Photos
    chatwoot_id: int
    unsure: list[dict[str, Any]]
    is_patient: bool

    async def say(self, message: Message) -> int:
        """Says it, unless one of the ``unsure`` messages is it; returns Chatwoot's number of it.

        Raises:
            Unavailable: Chatwoot or the database does not answer.
        """
        there = next((row for row in self.unsure if message.is_like(row)), None)
        if there is not None:
            self.unsure.remove(there)  # two equal messages in a row are two
            return int(there["id"])
        if message.photo is None:
            return await self.api.say(self.chatwoot_id, message)
        picture = await self._picture(message.photo)
        if picture is None:
            return await self._say_without(message, GONE)
        try:
            return await self.api.say(self.chatwoot_id, message, picture)
        except Unavailable as error:
            if self.is_patient and not isinstance(error, PhotoRefused):
                raise
        return await self._say_without(message, REFUSED)

    async def _say_without(self, message: Message, line: str) -> int:
        log.warning("chatwoot_without_photo", photo=message.photo, is_gone=line == GONE)
        return await self.say(message.without_photo(line))

    async def _picture(self, photo_id: str) -> bytes | None:
        """The JPEG, if it is still kept."""
        try:
            path = await self.photos.path(photo_id, viewer=None)
            return await asyncio.to_thread(path.read_bytes)
        except (NotFound, OSError):
            return None
