"""Sends stored items to messengers: in order within a conversation, again after a failure, and after a restart.

How far a conversation is sent is written after every bubble. So a bubble is sent twice only if the gateway
is killed, or the provider's answer is lost, between the two.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from contract.wire import Unavailable
from gateway import logs
from gateway.background import pause_s
from gateway.channels.messengers.messages import Bubble, Channel, Look, NotDelivered
from gateway.channels.messengers.rendering import Answer, joined
from gateway.metrics import Metrics
from gateway.offers import Offers
from gateway.store import deliveries, items, news
from gateway.store.database import Database
from gateway.store.deliveries import Delivery

POLL_S = 1.0
AT_ONCE = 16  # conversations of one channel
ITEMS_AT_ONCE = 200
LONGEST_PAUSE_S = 300.0
LONGEST_WISH_S = 3600.0  # how long a provider may ask us to wait
MAX_AGE_S = 24 * 3600.0  # an answer of yesterday helps nobody, and most providers refuse it
STOP_S = 4.0

log = logs.get()


@dataclass(frozen=True)
class Waiting:
    """What has to be sent of one item (of a shopper's own nothing), or of all of them for a joined look."""

    seq: int
    at: float
    bubbles: list[Bubble]


@dataclass
class Sender:
    """A background task that looks once a second, and at once after ``wake``, for what is due."""

    database: Database
    offers: Offers
    metrics: Metrics
    channels: Mapping[str, Channel]
    _task: asyncio.Task[None] | None = None
    _busy: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _is_stopping: bool = False

    def start(self) -> None:
        if self.channels:
            self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        self._woken.set()

    async def stop(self) -> None:
        """Lets what is on its way arrive; what waits stays in the database."""
        self._is_stopping = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        under_way = list(self._busy.values())
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=STOP_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                for name in self.channels:
                    await self._begin(name)
            except Unavailable:
                pass
            except Exception as error:
                log.error("sender_crashed", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()

    async def _begin(self, channel: str) -> None:
        busy = [name for name, task in self._busy.items() if task.get_name() == channel]
        if len(busy) >= AT_ONCE:
            return
        due = partial(deliveries.due, channel=channel, busy=busy, now=time.time(), limit=AT_ONCE - len(busy))
        for row in await self.database.read(due):
            self._busy[row.conversation_id] = asyncio.create_task(self._deliver(row), name=channel)

    async def _deliver(self, row: Delivery) -> None:
        try:
            if await self._send_all(row):
                await self._write(partial(deliveries.finish, conversation_id=row.conversation_id, now=time.time()))
        except Exception as error:  # a bug of ours must not end what others wait for
            log.error("delivery_crashed", error=type(error).__name__, conversation=row.conversation_id)
            await self._later(row, None)
        finally:
            del self._busy[row.conversation_id]
            self.wake()

    async def _send_all(self, row: Delivery) -> bool:
        """False if it has to be tried again later."""
        channel = self.channels[row.channel]
        load = partial(_waiting, row=row, offers=self.offers, look=channel.look)
        for waiting in await self.database.read(load):
            done = row.sent_bubbles if waiting.seq == row.sent_through + 1 else 0
            for number, bubble in enumerate(waiting.bubbles[done:], done + 1):
                named = replace(bubble, key=f"{waiting.seq}.{number}")
                if self._is_stopping or not await self._sent(channel, row, waiting, named):
                    return False
                row = replace(row, sent_through=waiting.seq - 1, sent_bubbles=number, attempts=0)
                if number < len(waiting.bubbles):
                    await self._keep(row)
            row = replace(row, sent_through=waiting.seq, sent_bubbles=0)
            await self._keep(row)
        return True

    async def _sent(self, channel: Channel, row: Delivery, waiting: Waiting, bubble: Bubble) -> bool:
        """Whether this bubble is done with: taken, or refused for good."""
        try:
            await channel.send(row.address, bubble)
        except Exception as error:
            problem = error if isinstance(error, NotDelivered) else NotDelivered(f"crash {type(error).__name__}")
            is_over = problem.is_permanent or time.time() - waiting.at > MAX_AGE_S
            outcome = "dropped" if is_over else "postponed"
            self.metrics.deliveries.labels(row.channel, outcome).inc()
            where = {"channel": row.channel, "conversation": row.conversation_id, "seq": waiting.seq}
            (log.error if is_over else log.warning)(f"message_{outcome}", cause=problem.cause, **where)
            if is_over:
                await self._write(partial(news.refuse, conversation_id=row.conversation_id, seq=waiting.seq))
            else:
                await self._later(row, problem.retry_after)
            return is_over
        self.metrics.deliveries.labels(row.channel, "sent").inc()
        return True

    async def _keep(self, row: Delivery) -> None:
        """Insists: what is sent and not noted would be sent again."""
        await self._write(
            partial(
                deliveries.advance,
                conversation_id=row.conversation_id,
                sent_through=row.sent_through,
                sent_bubbles=row.sent_bubbles,
            )
        )

    async def _later(self, row: Delivery, wish_s: float | None) -> None:
        pause = max(pause_s(row.attempts + 1, longest_s=LONGEST_PAUSE_S), min(wish_s or 0.0, LONGEST_WISH_S))
        later = partial(deliveries.postpone, conversation_id=row.conversation_id, attempts=row.attempts + 1)
        await self._write(partial(later, next_at=time.time() + pause))

    async def _write(self, work: Any) -> None:
        while True:
            try:
                await self.database.write(work)
                return
            except Unavailable:
                log.error("database_unavailable", while_sending=True)
                await asyncio.sleep(POLL_S)


def _waiting(db: Connection, *, row: Delivery, offers: Offers, look: Look) -> list[Waiting]:
    """Rendered from the beginning of the answer on, for the numbers of its buttons."""
    begun = items.last_of_shopper(db, row.conversation_id, up_to=row.sent_through)
    after = max(begun, row.sent_through - ITEMS_AT_ONCE // 2)
    answer, found = Answer(look, offers), []
    for item in items.following(db, row.conversation_id, after=after, limit=ITEMS_AT_ONCE):
        bubbles = answer.bubbles(item)
        if item.seq > row.sent_through:
            found.append(Waiting(item.seq, item.at, bubbles))
    return _as_one(found) if look.is_joined else found


def _as_one(found: list[Waiting]) -> list[Waiting]:
    bubbles = [bubble for waiting in found for bubble in waiting.bubbles]
    return [replace(found[-1], bubbles=[joined(bubbles)])] if bubbles else found[-1:]
