"""A real HTTP server that speaks as an OpenAI-compatible one. Each test says what it answers."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.bot.http_double import HttpDouble


class GenerationDouble(HttpDouble):
    """``text`` is what the model answers; ``drip_s`` is the pause before each byte of it."""

    def __init__(self) -> None:
        self.text, self.drip_s = "", 0.0
        self.headers: dict[str, str] = {}
        super().__init__()

    def respond(self, handler: BaseHTTPRequestHandler, body: Any) -> None:
        self.headers = dict(handler.headers)
        if not self.drip_s:
            super().respond(handler, body)
            return
        handler.send_response(200)
        handler.end_headers()
        for byte in json.dumps(self._completion()).encode():
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(self.drip_s)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        assert (method, path) == ("POST", "/v1/chat/completions")
        return 200, self._completion()

    @property
    def prompt(self) -> str:
        """All that the model was told last."""
        return "\n".join(message["content"] for message in self.calls[-1][2]["messages"])

    def _completion(self) -> dict[str, Any]:
        return {"choices": [{"index": 0, "message": {"role": "assistant", "content": self.text}}]}
