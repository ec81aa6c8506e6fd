"""A small real HTTP server that stands in for a messenger's provider: keeps what it is asked and answers as told."""

from __future__ import annotations

import functools
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


@functools.cache
def web() -> httpx.Client:
    """A provider's own client."""
    return httpx.Client(timeout=10)


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


@dataclass
class Provider:
    """``usual`` answers every call (a body by the call's path and body); ``next_answers`` come first, one a call:
    ``(status, body)`` or ``(status, body, headers)``, or None for the usual one."""

    usual: Any
    calls: list[Call] = field(default_factory=list)
    refused: list[Call] = field(default_factory=list)
    next_answers: deque[tuple[Any, ...] | None] = field(default_factory=deque)

    def start(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, call: Call) -> tuple[int, Any, dict[str, str]]:
        told = self.next_answers.popleft() if self.next_answers else None
        if told is not None:
            status, body, *headers = told
            (self.calls if status < 400 else self.refused).append(call)
            return status, body, headers[0] if headers else {}
        self.calls.append(call)
        return 200, self.usual(call), {}

    def bodies(self, **fields: Any) -> list[dict[str, Any]]:
        """The bodies that were taken, with these fields."""
        return [call.body for call in self.calls if all(call.body.get(name) == fields[name] for name in fields)]


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            call = Call(self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(raw))
            status, body, headers = provider.answer(call)
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler
