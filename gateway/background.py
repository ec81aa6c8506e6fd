"""Work that is done again and again while the gateway runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from contract.wire import Unavailable
from gateway import logs

MANY = 16  # failures, from which no pause is longer than the longest

log = logs.get()


def pause_s(failures: int, *, longest_s: float, first_s: float = 1.0) -> float:
    """Seconds until what failed is tried again: ``first_s`` after the first failure, then twice as long each time, at
    most ``longest_s``.

    Args:
        failures: in a row, at least 1.
    """
    return min(longest_s, first_s * 2.0 ** min(failures - 1, MANY))


@dataclass
class Repeating:
    """Runs ``work`` ``every_s`` seconds, between ``start`` and ``stop``. What it raises ends only that one run."""

    name: str
    work: Callable[[], Awaitable[object]]
    every_s: float
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self.every_s)
            try:
                await self.work()
            except Unavailable:  # the database: the next run looks at the same again
                continue
            except Exception as error:
                log.error("background_crashed", what=self.name, error=type(error).__name__)
