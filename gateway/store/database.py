"""The gateway database as the rest of the gateway sees it: ``await database.write(f)``, ``.read(f)``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.store import schema
from gateway.store.engine import begin_deferred, begin_immediate, make_engine
from gateway.store.writer import Writer, as_typed

T = TypeVar("T")
READERS = 2


class Database:
    """One writer thread with group commit, and a few readers that never wait for it (WAL, or MVCC)."""

    def __init__(self, url: str) -> None:
        self._write_engine = make_engine(url, connections=1)
        self._read_engine = make_engine(url, connections=READERS)
        begin_immediate(self._write_engine)
        begin_deferred(self._read_engine)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="gateway-reader")
        self._writer: Writer | None = None

    async def start(self) -> None:
        """Makes or upgrades the schema and starts the writer."""
        self._writer = Writer(self._write_engine)
        await self.write(schema.upgrade)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs ``work`` in a transaction of the writer; returns when it is durable.

        Raises:
            Unavailable: the database does not answer or is full; nothing was written.
        """
        assert self._writer is not None, "Database.start was not called"
        value: T = await self._writer.submit(work)
        return value

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs ``work`` on a snapshot.

        Raises:
            Unavailable: the database does not answer.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def stop(self) -> None:
        if self._writer is not None:
            await asyncio.to_thread(self._writer.stop)
        self._readers.shutdown(wait=True)
        self._write_engine.dispose()
        self._read_engine.dispose()

    def _read(self, work: Callable[[Connection], Any]) -> Any:
        try:
            with self._read_engine.begin() as db:
                return work(db)
        except SQLAlchemyError as error:
            raise as_typed(error) from error
