"""HTTP to our own programs: kept connections, bounded answers, no redirects, no proxies.

aiohttp because it costs a third of the processor time of httpx a request, and every message makes one.
"""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

CONNECTIONS = 100
KEEP_ALIVE_S = 4.0  # Rasa's server closes idle connections after 5


class Unreachable(Exception):
    """No connection, or it broke before the whole answer was there."""


class UselessAnswer(Exception):
    """Not HTTP, or more than was allowed. Its text is ``garbage`` or ``too_large``."""


class HttpClient:
    """``start`` and ``stop`` belong to the event loop that uses it. Callers set deadlines themselves."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEEP_ALIVE_S),
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None = None, max_bytes: int
    ) -> tuple[int, bytes]:
        """Status and body of the answer.

        Raises:
            Unreachable: no answer. UselessAnswer: one that cannot be read, or of more than ``max_bytes``.
        """
        assert self._session is not None, "HttpClient.start was not called"
        try:
            async with self._session.request(
                method, url, data=content, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status, await _bounded(answer, max_bytes)
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            raise Unreachable(str(error)) from error
        except aiohttp.ClientError as error:
            raise UselessAnswer("garbage") from error


async def _bounded(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            raise UselessAnswer("too_large")
    return bytes(body)
