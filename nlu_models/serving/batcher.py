"""Messages that wait together are understood together; a message that is alone never waits.

There is no timer: while as many batches as there are threads are worked on, whatever comes in forms the next ones.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Protocol

from contract.nlu import ParseResult
from contract.wire import Unavailable

RETRY_AFTER_S = 1.0


class Understands(Protocol):
    """A parser, which several threads call."""

    def parse(self, texts: Sequence[str], /) -> list[ParseResult]: ...


@dataclass
class Waiting:
    """A message in the queue, since ``since`` (seconds of the monotonic clock)."""

    text: str
    parser: Understands
    answer: asyncio.Future[ParseResult]
    since: float


class Batcher:
    """One queue for all versions; a batch holds messages for one version."""

    def __init__(
        self,
        executor: Executor,
        *,
        at_once: int = 2,
        shares: int = 1,
        max_batch: int = 32,
        limit: int = 32,
        on_batch: Callable[[int, float], None] | None = None,
    ) -> None:
        """
        Args:
            executor: with ``at_once`` threads.
            at_once: batches that are worked on at the same time.
            shares: how many batches those that wait are divided into: as many as are understood at the same time.
            max_batch: messages in one.
            limit: messages that may wait.
            on_batch: told the size of each batch and the seconds that it took.
        """
        self._executor, self._at_once, self._shares = executor, at_once, shares
        self._max_batch, self._limit = max_batch, limit
        self._on_batch = on_batch or (lambda _size, _seconds: None)
        self._queue: deque[Waiting] = deque()
        self._working = 0
        self._workers: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Messages in the queue."""
        return len(self._queue)

    def refuse_if_full(self) -> None:
        """
        Raises:
            Unavailable: the queue is full.
        """
        if len(self._queue) >= self._limit:
            raise Unavailable(f"{self._limit} messages wait already: try again in a second.", retry_after=RETRY_AFTER_S)

    async def submit(self, text: str, parser: Understands) -> ParseResult:
        """The result for ``text``. ``timings_ms`` tells how long it waited.

        Raises:
            Unavailable: the queue is full.
        """
        self.refuse_if_full()
        answer: asyncio.Future[ParseResult] = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(text, parser, answer, time.monotonic()))
        if self._working < self._at_once:
            self._working += 1
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return await answer

    async def _work(self) -> None:
        try:
            while batch := self._take():
                await self._run(batch)
        finally:
            self._working -= 1

    async def _run(self, batch: list[Waiting]) -> None:
        began, texts = time.monotonic(), [waiting.text for waiting in batch]
        try:
            results = await asyncio.get_running_loop().run_in_executor(self._executor, batch[0].parser.parse, texts)
        except Exception as error:  # belongs to those who wait, and must not end the worker
            await self._one_by_one(batch, error)
            return
        self._on_batch(len(batch), time.monotonic() - began)
        for waiting, result in zip(batch, results, strict=True):
            _answer(waiting, result, began)

    async def _one_by_one(self, batch: list[Waiting], error: Exception) -> None:
        """One message must not take the others with it."""
        if len(batch) == 1:
            _fail(batch[0], error)
            return
        for waiting in batch:
            await self._run([waiting])

    def _take(self) -> list[Waiting]:
        """The next batch, without those that nobody waits for any more; empty when nothing waits."""
        batch: list[Waiting] = []
        later: list[Waiting] = []
        share = -(-len(self._queue) // self._shares)
        while self._queue and len(batch) < min(share, self._max_batch):
            waiting = self._queue.popleft()
            if waiting.answer.done():
                continue
            same = not batch or waiting.parser is batch[0].parser
            (batch if same else later).append(waiting)
        self._queue.extendleft(reversed(later))
        return batch


def _answer(waiting: Waiting, result: ParseResult, began: float) -> None:
    if not waiting.answer.done():
        queued = round(1000 * (began - waiting.since), 2)
        waiting.answer.set_result(replace(result, timings_ms={"queue": queued, **result.timings_ms}))


def _fail(waiting: Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
