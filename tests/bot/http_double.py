"""A real HTTP server in a thread, for the services beside Rasa. Each test says how it behaves."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAULTS = ("refused", "500", "404", "400", "garbage", "empty", "null", "wrong_schema", "reset", "huge", "slow")


class HttpDouble:
    """Subclasses answer in ``answer``. ``fault`` spoils every answer; ``slow_s`` delays it."""

    def __init__(self) -> None:
        self.fault: str | None = None
        self.slow_s = 0.0
        self.calls: list[tuple[str, str, Any]] = []
        self.connections: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listens; again on the same port after ``stop``."""
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def setup(self) -> None:
                super().setup()
                double.connections.add(self.connection)

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                double.calls.append((self.command, self.path, body))
                double.respond(self, body)

            do_GET = do_POST = do_DELETE = handle_any

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def reset(self) -> None:
        """Healthy again, with nothing remembered."""
        self.fault, self.slow_s = None, 0.0
        self.calls.clear()
        if self._server is None:
            self.start()

    def respond(self, handler: BaseHTTPRequestHandler, body: Any) -> None:
        if self.slow_s:
            time.sleep(self.slow_s)
        if self.fault == "reset":
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        status, content = self._spoiled(handler, body)
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def _spoiled(self, handler: BaseHTTPRequestHandler, body: Any) -> tuple[int, bytes]:
        if self.fault in ("500", "404", "400"):
            return int(self.fault), b'{"detail": "broken on purpose"}'
        spoiled = {
            "garbage": b"<html>\xff no json",
            "empty": b"",
            "null": b"null",
            "wrong_schema": b'{"events": [{"event": "no such event"}], "responses": 7, "intent": []}',
            "huge": json.dumps({"events": [], "responses": [{"text": "x" * 5_000_000}]}).encode(),
        }
        if self.fault in spoiled:
            return 200, spoiled[self.fault]
        status, value = self.answer(handler.command, handler.path, body)
        return status, json.dumps(value).encode()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        raise NotImplementedError
