"""HTTP to providers: bounded, with a deadline, and every failure said as ``NotDelivered``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import aiohttp

from gateway.channels.messengers.messages import NotDelivered

TIMEOUT_S = 15.0
MAX_ANSWER_BYTES = 256 * 1024
CONNECTIONS = 50
_LATER = (401, 404, 408, 425, 429)  # 401, 404: a token that expired or was mistyped is put right, then all is sent


@dataclass(frozen=True)
class Reply:
    """A provider's answer: ``content``, of one that is too long a little more than was allowed."""

    status: int
    content: bytes
    retry_after: float | None = None

    @cached_property
    def data(self) -> dict[str, Any]:
        """The content; empty if it is no JSON object."""
        return _object(self.content)

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    def refused(self, cause: str, *, is_permanent: bool | None = None) -> NotDelivered:
        """What this answer means for the bubble or the photo. Unless the caller knows better, 4xx is for good."""
        if is_permanent is None:
            is_permanent = 400 <= self.status < 500 and self.status not in _LATER
        text = f"status_{self.status} {cause}".strip()[:200]
        return NotDelivered(text, is_permanent=is_permanent, retry_after=self.retry_after)


class Calls:
    """``start`` and ``stop`` belong to the event loop that uses it."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, body: Any, *, headers: Mapping[str, str] | None = None) -> Reply:
        """
        Raises:
            NotDelivered: no answer in 15 seconds, or none that can be read.
        """
        content = json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        return await self._request("POST", url, content, sent, MAX_ANSWER_BYTES)

    async def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int = MAX_ANSWER_BYTES
    ) -> Reply:
        """
        Raises:
            NotDelivered: as ``post``.
        """
        return await self._request("GET", url, None, headers or {}, max_bytes)

    async def _request(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], max_bytes: int
    ) -> Reply:
        """A redirect is an answer like any other: nobody sends us, or our token, somewhere else."""
        assert self._session is not None, "Calls.start was not called"
        try:
            async with self._session.request(
                method, url, data=content, headers=headers, allow_redirects=False
            ) as answer:
                raw = await _beginning(answer, max_bytes)
                return Reply(answer.status, raw, _seconds(answer.headers.get("Retry-After")))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotDelivered(type(error).__name__) from None  # the error's text may hold the address and its token


async def _beginning(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    raw = bytearray()
    async for chunk in answer.content.iter_any():
        raw += chunk
        if len(raw) > max_bytes:
            break
    return bytes(raw)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _seconds(value: Any) -> float | None:
    text = str(value or "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
