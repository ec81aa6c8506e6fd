"""Rasa's call to the action server: over kept connections, within a deadline, bounded in both directions."""

from __future__ import annotations

import asyncio
import json
import time
from contextvars import ContextVar
from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.tracker_store import storable
from bot.understanding.nlu_client import read_bounded
from contract.wire import Unavailable

MAX_ANSWER_BYTES = 64 * 1024
MAX_EVENTS = 120
SHORTEST_S = 0.2
turn_ends_at: ContextVar[float | None] = ContextVar("turn_ends_at", default=None)


class ActionEndpoint(EndpointConfig):
    """The action server. ``deadline_s`` bounds one call; the end of the turn bounds it too."""

    def __init__(self, url: str, *, deadline_s: float) -> None:
        super().__init__(url=url)
        self._deadline_s = deadline_s
        self._session: aiohttp.ClientSession | None = None

    async def request(self, method: str = "post", subpath: str | None = None, **kwargs: Any) -> Any:  # noqa: ARG002
        """Posts the call of an action and returns its answer.

        Raises:
            Unavailable: no answer in time, or more than 64 KiB.
            ClientResponseError: an error status, as Rasa expects it.
            InvalidInput: an answer that could not be stored.
        """
        body = json.dumps(slim(kwargs["json"])).encode()
        timeout = aiohttp.ClientTimeout(total=self._time_left())
        headers = {"Content-Type": "application/json"}
        try:
            async with self._kept().post(self.url, data=body, headers=headers, timeout=timeout) as answer:
                content = await read_bounded(answer, MAX_ANSWER_BYTES)
        except asyncio.TimeoutError as error:
            raise Unavailable(f"The action server did not answer in {timeout.total:.1f} s.") from error
        if answer.status >= 400:
            raise ClientResponseError(answer.status, answer.reason, content)
        data = json.loads(content)
        storable(data)
        return data

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _time_left(self) -> float:
        end = turn_ends_at.get()
        left = self._deadline_s if end is None else end - time.monotonic()
        return max(SHORTEST_S, min(self._deadline_s, left))

    def _kept(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=30)
            self._session = aiohttp.ClientSession(connector=connector, trust_env=False)
        return self._session


def slim(call: dict[str, Any]) -> dict[str, Any]:
    """The call with what an action can need: the latest message whole, at most 120 events, no rankings and no
    signed contexts of older messages, and no domain."""
    tracker = dict(call.get("tracker") or {})
    events = list(tracker.get("events") or [])[-MAX_EVENTS:]
    tracker["events"] = [_slim_event(event) for event in events]
    return {**call, "tracker": tracker, "domain": {}}


def _slim_event(event: dict[str, Any]) -> dict[str, Any]:
    if event.get("event") != "user":
        return event
    parse_data = event.get("parse_data") or {}
    kept = {key: parse_data[key] for key in ("intent", "entities", "text", "shopclerk") if key in parse_data}
    metadata = {key: value for key, value in (event.get("metadata") or {}).items() if key != "context"}
    return {**event, "parse_data": kept, "metadata": metadata}
