"""Live events: who listens to which conversation. In memory; what was missed is in the history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from contract.wire import TooMany
from gateway.metrics import Metrics

BACKLOG = 200
PER_SESSION = 6
IN_ALL = 2000


@dataclass(frozen=True)
class Event:
    """``kind``: item (``data`` is a rendered item), typing (``active``) or handoff (``active``, ``agent_name``)."""

    kind: str
    data: dict[str, Any]


class Stream:
    """One listener. Ends when its session ends or its token changes, or when it does not keep up."""

    def __init__(self, conversation_id: str, session_id: str) -> None:
        self.conversation_id, self.session_id = conversation_id, session_id
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(BACKLOG)

    def put(self, event: Event) -> None:
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.close()

    def close(self) -> None:
        while self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def events(self, *, heartbeat_s: float) -> AsyncIterator[Event | None]:
        """Events as they come; None after each ``heartbeat_s`` seconds of silence."""
        while True:
            try:
                event = await asyncio.wait_for(self._queue.get(), heartbeat_s)
            except TimeoutError:
                yield None
                continue
            if event is None:
                return
            yield event


class Hub:
    """Keeps the listeners of every conversation."""

    def __init__(self, metrics: Metrics) -> None:
        self._streams: dict[str, set[Stream]] = {}
        self._metrics = metrics
        self._count = 0

    def subscribe(self, *, conversation_id: str, session_id: str) -> Stream:
        """
        Raises:
            TooMany: this session, or all together, listen too often.
        """
        streams = self._streams.get(conversation_id, set())
        if self._count >= IN_ALL or sum(stream.session_id == session_id for stream in streams) >= PER_SESSION:
            raise TooMany("This chat is open in too many places.", retry_after=10)
        stream = Stream(conversation_id, session_id)
        self._streams.setdefault(conversation_id, streams).add(stream)
        self._counted(1)
        return stream

    def unsubscribe(self, stream: Stream) -> None:
        streams = self._streams.get(stream.conversation_id, set())
        if stream in streams:
            streams.remove(stream)
            self._counted(-1)
        if not streams:
            self._streams.pop(stream.conversation_id, None)

    def publish(self, conversation_id: str, *events: Event) -> None:
        for stream in list(self._streams.get(conversation_id, ())):
            for event in events:
                stream.put(event)

    def heard(self) -> frozenset[str]:
        """The conversations that somebody listens to, here and now."""
        return frozenset(self._streams)

    def close_conversation(self, conversation_id: str) -> None:
        """Ends the streams of a conversation; a client that comes back gets its session's new token with them."""
        for stream in self._streams.get(conversation_id, set()):
            stream.close()

    def close_session(self, session_id: str) -> None:
        """Ends the streams of a session that has ended."""
        for stream in self._every():
            if stream.session_id == session_id:
                stream.close()

    def close_all(self) -> None:
        for stream in self._every():
            stream.close()

    def _every(self) -> list[Stream]:
        return [stream for streams in self._streams.values() for stream in streams]

    def _counted(self, change: int) -> None:
        self._count += change
        self._metrics.streams.set(self._count)
