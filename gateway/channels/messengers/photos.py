"""Photos of messengers, fetched from their providers and taken in through the web chat's door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract.wire import InvalidInput, Unavailable
from gateway import logs
from gateway.channels.messengers.messages import Channel, NotDelivered, PhotoSource
from gateway.photos import Photos

NOT_FETCHED = "Sorry, I could not get this photo. Please send it again, or write what it shows."
_LATER = "The photo cannot be fetched right now. Please try again later."

log = logs.get()


@dataclass
class PhotoDesk:
    """``channels`` by name: each fetches its own photos."""

    photos: Photos
    channels: Mapping[str, Channel]

    async def keep(self, source: PhotoSource, *, channel: str, conversation_id: str, photo_id: str) -> None:
        """Fetches a photo and keeps it; one that is kept already is not fetched again.

        Raises:
            InvalidInput, TooLarge: there is no photo, or none that we take. TooMany: see ``Photos.admit``.
            Unavailable: it cannot be had or kept now.
        """
        if await self.photos.is_kept(photo_id):
            return
        await self.photos.admit(conversation_id)
        async with self.photos.place():
            data = await self._fetch(source, channel)
            await self.photos.store(conversation_id, data, photo_id=photo_id)

    async def _fetch(self, source: PhotoSource, channel: str) -> bytes:
        try:
            return await self.channels[channel].fetch(source)
        except NotDelivered as error:
            log.warning("photo_not_fetched", channel=channel, cause=error.cause, is_permanent=error.is_permanent)
            if error.is_permanent:
                raise InvalidInput(NOT_FETCHED) from None
            raise Unavailable(_LATER, retry_after=error.retry_after) from None
