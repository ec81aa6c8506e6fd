"""Photos that shoppers send: checked and made small, kept as files that only we can read, deleted when they are old."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from contract.settings import Settings
from contract.wire import NotFound, TooLarge, TooMany, Unavailable
from gateway.images import as_jpeg
from gateway.ratelimits import RateLimit
from gateway.store import conversations, photos
from gateway.store.conversations import Conversation
from gateway.store.database import Database
from gateway.store.photos import Photo

PER_HOUR = 10
TRIES_PER_MINUTE = 20
UPLOADS, DECODERS = 16, 2
MEGABYTE = 1024 * 1024
HOUR_S, DAY_S = 3600.0, 24 * 3600.0
NOT_KEPT = "This photo is not kept any more."
_TOO_MANY = f"You have sent {PER_HOUR} photos within the last hour. Please send the next one later."
_SLOWLY = "Too many photos at once. Please wait a moment."


class Photos:
    """``store`` and ``path`` for channels; ``clean`` for the janitor."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._keep_s = database, settings.photo_days * DAY_S
        self._folder = Path(settings.var_dir) / "photos"
        self._decoders = ThreadPoolExecutor(DECODERS, thread_name_prefix="gateway-photo")
        self._uploads = asyncio.Semaphore(UPLOADS)
        self._tries = RateLimit(TRIES_PER_MINUTE, sentence=_SLOWLY)

    async def admit(self, conversation_id: str) -> None:
        """Whether the conversation may upload one more now.

        Raises:
            TooMany: it has tried too often within a minute, or sent enough within an hour.
        """
        self._tries.check(conversation_id)
        await self._database.read(partial(_check_count, conversation_id=conversation_id))

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One of the few uploads at once: each holds its picture in memory.

        Raises:
            Unavailable: none is free.
        """
        if self._uploads.locked():
            raise Unavailable("Too many photos arrive right now. Please try again in a moment.", retry_after=5)
        async with self._uploads:
            yield

    async def is_kept(self, photo_id: str) -> bool:
        """Whether ``store`` has kept it, and nothing has deleted it since."""
        return await self._database.read(partial(photos.find, photo_id=photo_id)) is not None

    async def store(self, conversation_id: str, data: bytes, *, photo_id: str | None = None) -> str:
        """Keeps a picture; returns its id once it is durable. ``photo_id``: the same again keeps one photo; None: a new
        one.

        Raises:
            InvalidInput: see ``gateway.images.as_jpeg``.
            TooMany: as ``admit``. Unavailable: it could not be written.
        """
        run = asyncio.get_running_loop().run_in_executor
        jpeg = await run(self._decoders, as_jpeg, data)
        photo = Photo(photo_id or str(uuid.uuid4()), conversation_id, time.time(), len(jpeg))
        try:
            await run(self._decoders, self._write, photo.id, jpeg)
            await self._database.write(partial(_add, photo=photo))
        except BaseException as error:
            if photo_id is None:  # else another copy may have kept it; a file that nobody kept is swept
                self._delete(photo.id)
            if isinstance(error, OSError):
                raise Unavailable("The photo could not be kept. Please try again later.", retry_after=60) from error
            raise
        return photo.id

    async def path(self, photo_id: str, *, viewer: Conversation | None) -> Path:
        """The file. ``viewer``: whose photo it has to be, and be shown to still; None: an operator sees all.

        Raises:
            NotFound: there is none, or it is somebody else's: one sentence.
        """
        photo = await self._database.read(partial(photos.find, photo_id=photo_id))
        if photo is None or (viewer is not None and not _may_see(viewer, photo)):
            raise NotFound(NOT_KEPT)
        path = self._file(photo.id)
        if not path.is_file():
            raise NotFound(NOT_KEPT)
        return path

    async def clean(self) -> None:
        """Deletes what is too old or was never sent: rows, then the files that have none.

        Raises:
            Unavailable: the database does not answer.
        """
        now = time.time()
        made_before = now - self._keep_s if self._keep_s else 0.0
        forget = partial(photos.delete_old, made_before=made_before, unsent_before=now - DAY_S)
        await self._database.write(forget)
        known = await self._database.read(photos.known)
        await asyncio.to_thread(self._sweep, known, now - HOUR_S)  # a younger one may have its row in a moment

    async def delete(self, photo_ids: Iterable[str]) -> None:
        """Deletes the files of photos whose rows are gone."""
        for photo_id in photo_ids:
            await asyncio.to_thread(self._delete, photo_id)

    def stop(self) -> None:
        self._decoders.shutdown(wait=True, cancel_futures=True)

    def _write(self, photo_id: str, jpeg: bytes) -> None:
        """The whole file or none."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        begun = str(uuid.uuid4())
        try:
            descriptor = os.open(self._file(begun), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(jpeg)
                file.flush()
                os.fsync(descriptor)
            self._file(begun).replace(self._file(photo_id))
        finally:
            self._delete(begun)

    def _sweep(self, known: set[str], before: float) -> None:
        for path in self._folder.glob("*.jpg"):
            if path.stem not in known and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _delete(self, photo_id: str) -> None:
        with suppress(OSError):
            self._file(photo_id).unlink()

    def _file(self, photo_id: str) -> Path:
        return self._folder / f"{photo_id}.jpg"


def of_turn(db: Connection, conversation: Conversation, *, seq: int, now: float) -> tuple[str, ...]:
    """Ids of the photos that the shopper sent within the last hour, up to item ``seq``."""
    after = conversation.visible_after
    return photos.recent(db, conversation.id, since=now - HOUR_S, after=after, up_to=seq)


def too_large(megabytes: int) -> TooLarge:
    """The error for a photo of more than ``megabytes``."""
    return TooLarge(f"This photo is too large: at most {megabytes} MB, please.")


def _add(db: Connection, *, photo: Photo) -> None:
    conversations.locked(db, photo.conversation_id)  # so that two uploads count each other
    if photos.find(db, photo.id) is not None:
        return
    _check_count(db, photo.conversation_id)
    photos.add(db, photo)


def _check_count(db: Connection, conversation_id: str) -> None:
    if photos.made_since(db, conversation_id, since=time.time() - HOUR_S) >= PER_HOUR:
        raise TooMany(_TOO_MANY, retry_after=600)


def _may_see(viewer: Conversation, photo: Photo) -> bool:
    is_shown = photo.seq is None or photo.seq > viewer.visible_after
    return photo.conversation_id == viewer.id and is_shown
