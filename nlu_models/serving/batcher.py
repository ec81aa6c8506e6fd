"""Messages that wait together are understood together; a message that is alone never waits.

There is no timer: while the model works on one batch, whatever comes in forms the next one. When the model is done with
a batch it takes the next at once; the results of the last one are made beside it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, Protocol

from contract.nlu import ParseResult
from contract.wire import Unavailable

RETRY_AFTER_S = 1.0
FEW, SHORT = 2, 1000  # messages, and their characters, whose results are made sooner than another thread is told to


class Understands(Protocol):
    """A parser: ``read`` is the model's part and ``results`` the rest."""

    def read(self, texts: Sequence[str], /) -> Any: ...

    def results(self, read: Any, /) -> list[ParseResult]: ...


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
        max_batch: int = 32,
        limit: int = 32,
        on_batch: Callable[[int, float], None] | None = None,
    ) -> None:
        """
        Args:
            executor: two threads at least: one for the model, one for the results.
            limit: messages that may wait. Not more than a batch: who is let in is in the next one.
            on_batch: told the size of each batch and the seconds that it took.
        """
        self._executor, self._max_batch, self._limit = executor, max_batch, limit
        self._on_batch = on_batch or (lambda _size, _seconds: None)
        self._queue: deque[Waiting] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._finishing: set[asyncio.Task[None]] = set()

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
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        while batch := self._take():
            await self._run(batch)

    async def _run(self, batch: list[Waiting]) -> None:
        """Until the model has read the batch."""
        began, loop = time.monotonic(), asyncio.get_running_loop()
        try:
            read = await loop.run_in_executor(self._executor, batch[0].parser.read, [waiting.text for waiting in batch])
        except Exception as error:  # belongs to those who wait, and must not end the worker
            await self._one_by_one(batch, error)
            return
        self._on_batch(len(batch), time.monotonic() - began)
        finish = self._finish(batch, read, began)
        if _is_quick(batch):
            await finish
        else:
            task = asyncio.create_task(finish)
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)

    async def _finish(self, batch: list[Waiting], read: Any, began: float) -> None:
        parser = batch[0].parser
        try:
            if _is_quick(batch):
                results = parser.results(read)
            else:
                results = await asyncio.get_running_loop().run_in_executor(self._executor, parser.results, read)
        except Exception as error:  # as above
            await self._one_by_one(batch, error)
            return
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
        while self._queue and len(batch) < self._max_batch:
            waiting = self._queue.popleft()
            if waiting.answer.done():
                continue
            same = not batch or waiting.parser is batch[0].parser
            (batch if same else later).append(waiting)
        self._queue.extendleft(reversed(later))
        return batch


def _is_quick(batch: Sequence[Waiting]) -> bool:
    """Whether the event loop may make the results itself: nothing else moves meanwhile."""
    return len(batch) <= FEW and sum(len(waiting.text) for waiting in batch) <= SHORT


def _answer(waiting: Waiting, result: ParseResult, began: float) -> None:
    if not waiting.answer.done():
        queued = round(1000 * (began - waiting.since), 2)
        waiting.answer.set_result(replace(result, timings_ms={"queue": queued, **result.timings_ms}))


def _fail(waiting: Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
