"""One lane per conversation: messages are answered in the order of arrival, one at a time."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from contract.wire import Conflict
from gateway import logs
from gateway.metrics import Metrics
from gateway.store.inbox import InboxRow
from gateway.store.items import StoredItem

log = logs.get()


@dataclass(frozen=True)
class Answer:
    """What was answered. ``must_rotate``: the session's token has to change with this response."""

    message_id: str
    items: tuple[StoredItem, ...]
    seq: int
    in_handoff: bool
    operator: str | None = None
    must_rotate: bool = False


@dataclass
class Ticket:
    """An accepted message (or one that is being accepted) and everyone who waits for its answer."""

    conversation_id: str
    message_id: str
    fingerprint: str
    future: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    is_recovered: bool = False
    is_decided: asyncio.Event = field(default_factory=asyncio.Event)  # written, or refused

    def settle(self, outcome: Answer | BaseException) -> None:
        self.is_decided.set()
        if self.future.done():
            return
        if isinstance(outcome, BaseException):
            self.future.set_exception(outcome)
            self.future.exception()  # seen: nobody may be waiting
        else:
            self.future.set_result(outcome)


class Lane:
    """The messages of one conversation that have no answer yet."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.ready: list[tuple[int, InboxRow]] = []
        self.task: asyncio.Task[None] | None = None


Handler = Callable[[InboxRow, bool], Awaitable[Answer]]


class Lanes:
    """Every lane. ``handle`` answers one message and does not return before its answer is stored."""

    def __init__(self, handle: Handler, *, limit: int, metrics: Metrics) -> None:
        self._handle, self._limit, self._metrics = handle, limit, metrics
        self._lanes: dict[str, Lane] = {}

    def find(self, conversation_id: str, message_id: str, fingerprint: str) -> Ticket | None:
        """The ticket of a message that is being answered.

        Raises:
            Conflict: its id was used for another text.
        """
        lane = self._lanes.get(conversation_id)
        ticket = lane.tickets.get(message_id) if lane else None
        if ticket is not None and ticket.fingerprint != fingerprint:
            raise Conflict("This message id was used for another text.")
        return ticket

    def is_busy(self, conversation_id: str) -> bool:
        """Whether a message of this conversation waits for its answer."""
        return conversation_id in self._lanes

    def is_full(self, conversation_id: str) -> bool:
        lane = self._lanes.get(conversation_id)
        return lane is not None and len(lane.tickets) >= self._limit

    def reserve(self, conversation_id: str, message_id: str, fingerprint: str) -> Ticket:
        """A place in the lane, taken before the message is written."""
        ticket = Ticket(conversation_id, message_id, fingerprint)
        self._lanes.setdefault(conversation_id, Lane()).tickets[message_id] = ticket
        self._metrics.waiting.inc()
        return ticket

    def enqueue(self, ticket: Ticket, row: InboxRow) -> None:
        """The message is written: answer it when its turn comes."""
        ticket.is_decided.set()
        lane = self._lanes[ticket.conversation_id]
        heapq.heappush(lane.ready, (row.position, row))
        if lane.task is None:
            lane.task = asyncio.create_task(self._work(ticket.conversation_id, lane))

    def release(self, ticket: Ticket, outcome: Answer | BaseException) -> None:
        """Gives the outcome to everyone who waits, and the place back."""
        ticket.settle(outcome)
        lane = self._lanes.get(ticket.conversation_id)
        if lane and lane.tickets.pop(ticket.message_id, None) is not None:
            self._metrics.waiting.dec()
            self._forget(ticket.conversation_id, lane)

    async def stop(self) -> None:
        """Stops the work; what has no answer yet stays in the inbox for the next start."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, conversation_id: str, lane: Lane) -> None:
        while lane.ready:
            _, row = heapq.heappop(lane.ready)
            ticket = lane.tickets[row.message_id]
            try:
                outcome: Answer | BaseException = await self._handle(row, ticket.is_recovered)
            except Exception as error:
                log.error("turn_crashed", error=type(error).__name__, conversation=conversation_id)
                outcome = error
            self.release(ticket, outcome)
        lane.task = None
        self._forget(conversation_id, lane)

    def _forget(self, conversation_id: str, lane: Lane) -> None:
        if not lane.tickets and lane.task is None:
            self._lanes.pop(conversation_id, None)
