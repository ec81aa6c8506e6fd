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
    ``(status, body)`` or ``(status, body, headers)``, or None for the usual one.

    ``files`` are what can be fetched (with GET), by the end of their address; ``next_files`` come first: ``(status,
    content, headers)``, or seconds to wait before the true one. ``fetched`` is what was asked for."""

    usual: Any
    calls: list[Call] = field(default_factory=list)
    refused: list[Call] = field(default_factory=list)
    next_answers: deque[tuple[Any, ...] | None] = field(default_factory=deque)
    files: dict[str, bytes] = field(default_factory=dict)
    next_files: deque[Any] = field(default_factory=deque)
    fetched: list[Call] = field(default_factory=list)

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

    def file(self, call: Call) -> tuple[int, bytes, dict[str, str]]:
        self.fetched.append(call)
        told = self.next_files.popleft() if self.next_files else 0
        if isinstance(told, tuple):
            status, content, headers = told
            return status, content, headers
        time.sleep(told)
        found = [content for end, content in self.files.items() if call.path.endswith(end)]
        return (200, found[0], {}) if found else (404, b"{}", {})

    def bodies(self, **fields: Any) -> list[dict[str, Any]]:
        """The bodies that were taken, with these fields."""
        return [call.body for call in self.calls if all(call.body.get(name) == fields[name] for name in fields)]


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            call = Call(self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(raw))
            status, body, headers = provider.answer(call)
            self.send(status, json.dumps(body).encode(), headers)

        def do_GET(self) -> None:
            self.send(*provider.file(Call(self.path, {k.lower(): v for k, v in self.headers.items()}, {})))

        def send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler
