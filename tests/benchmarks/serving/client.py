"""The cheapest HTTP/1.1 client that will do: the machine's cores carry it and the service."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """One answer, ``seconds`` after its request was written."""

    status: int
    seconds: float
    retry_after: bool
    body: bytes


class Connection(asyncio.Protocol):
    """A connection that is kept; it has one request at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._head = -1
        self._length = 0
        self._sent = 0.0
        self._answer: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    def send(self, request: bytes) -> asyncio.Future[Answer]:
        """The answer to ``request``, to be awaited before the next one."""
        answer = self._answer = asyncio.get_running_loop().create_future()
        self._sent = time.perf_counter()
        self._transport.write(request)
        return answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._head < 0:
            self._head = self._received.find(b"\r\n\r\n")
            if self._head < 0:
                return
            head = bytes(self._received[: self._head]).lower()
            self._length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(self._received) >= self._head + 4 + self._length:
            self._finish(time.perf_counter() - self._sent)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("The service closed the connection."))

    @property
    def is_open(self) -> bool:
        """The service closes a connection that had nothing to carry for some seconds."""
        return not self._transport.is_closing()

    def close(self) -> None:
        self._transport.close()

    def _finish(self, seconds: float) -> None:
        head = bytes(self._received[: self._head]).lower()
        body = bytes(self._received[self._head + 4 :])
        self._received.clear()
        self._head = -1
        assert self._answer is not None
        self._answer.set_result(Answer(int(head[9:12]), seconds, b"\r\nretry-after:" in head, body))


async def connect(url: str, count: int) -> list[Connection]:
    """``count`` connections to the host of ``url``."""
    address, loop = urlsplit(url), asyncio.get_running_loop()
    made = [await loop.create_connection(Connection, address.hostname, address.port) for _ in range(count)]
    return [connection for _, connection in made]


def post(path: str, text: str) -> bytes:
    """A request that asks ``path`` to parse ``text``."""
    body = json.dumps({"text": text}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body
