"""A small real bot: the control API and Rasa's internal channel over HTTP, with faults on demand.

``python tests/gateway/bot_server.py PORT SECRET`` serves it. ``PUT /fault {"mode": …}`` breaks every turn:
``slow`` (with ``seconds``), ``down`` (connections reset), ``status`` (with ``status``), a name of ``BODIES``,
or ``none``. The message ``sleep SECONDS`` is slow by itself. ``GET /seen`` tells what was asked of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from bot_rules import answer

from contract.conversation import Context, EraseRequest, Erasure, ListenRequest, TurnRequest
from contract.deployment import ArchiveInfo, Deployment
from contract.signing import verify
from contract.wire import dumps, from_json

BODIES = {
    "garbage": "\x00<html>",
    "wrong": '{"replies": "hi"}',
    "huge": json.dumps("x" * 5_000_000),
    "null": "null",
    "none-text": '{"replies": [{"text": 7}]}',
    "nan": '{"replies": [{"text": "hi"}], "effects": [NaN]}',
}


@dataclass
class Bot:
    """One message id is answered once: asked again, the bot gives the result that it gave before."""

    secret: str
    url: str
    fault: dict[str, Any] = field(default_factory=lambda: {"mode": "none"})
    results: dict[str, str] = field(default_factory=dict)
    turns: list[dict[str, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    erased: list[dict[str, Any]] = field(default_factory=list)
    refuses_events: bool = False

    async def deployment(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.secret}":
            return web.json_response({"error": "no", "error_type": "unauthorised"}, status=401)
        archive = ArchiveInfo("archive-1", "version-1", "2026-01-01T00:00:00Z", 1, is_active=True)
        return _json(Deployment("serving", url=self.fault.get("deployed", self.url), active=archive))

    async def turn(self, request: web.Request) -> web.StreamResponse:
        asked = from_json(TurnRequest, await request.json())
        context = verify(Context, asked.context, key=self.secret)
        broken = await self._broken(request)
        if broken is not None:
            return broken
        text = asked.text if asked.text is not None else str(asked.payload)
        if text.startswith("sleep "):
            await asyncio.sleep(float(text.split()[1]))
        if context.message_id not in self.results:
            self.results[context.message_id] = dumps(answer(context, text, key=self.secret))
            self.turns.append({"text": asked.text, "payload": asked.payload, **vars(context)})
        return web.Response(text=self.results[context.message_id], content_type="application/json")

    async def listen(self, request: web.Request) -> web.Response:
        if self.refuses_events:
            return web.Response(status=503)
        event = from_json(ListenRequest, await request.json())
        context = verify(Context, event.context, key=self.secret)
        self.heard.append({**vars(event), "conversation_id": context.conversation_id})
        return web.json_response({})

    async def erase(self, request: web.Request) -> web.Response:
        if self.refuses_events:
            return web.Response(status=503)
        erasure = verify(Erasure, from_json(EraseRequest, await request.json()).erasure, key=self.secret)
        self.erased.append({"conversation_id": erasure.conversation_id})
        return web.Response(status=204)

    async def set_fault(self, request: web.Request) -> web.Response:
        self.fault = await request.json()
        self.refuses_events = bool(self.fault.get("refuses_events"))
        return web.json_response({})

    async def seen(self, request: web.Request) -> web.Response:
        return _json({"turns": self.turns, "heard": self.heard, "erased": self.erased})

    async def ping(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _broken(self, request: web.Request) -> web.StreamResponse | None:
        mode = self.fault["mode"]
        if mode == "slow":
            await asyncio.sleep(self.fault["seconds"])
        elif mode == "down":
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(1)
        elif mode == "status":
            return web.Response(status=self.fault["status"], text="oh no")
        return web.Response(text=BODIES[mode], content_type="application/json") if mode in BODIES else None


def _json(value: Any) -> web.Response:
    return web.Response(text=dumps(value), content_type="application/json")


def make_app(bot: Bot) -> web.Application:
    app = web.Application()
    app.router.add_get("/v1/deployment", bot.deployment)
    app.router.add_post("/webhooks/shopclerk/turn", bot.turn)
    app.router.add_post("/webhooks/shopclerk/listen", bot.listen)
    app.router.add_post("/webhooks/shopclerk/erase", bot.erase)
    app.router.add_get("/webhooks/shopclerk/", bot.ping)
    app.router.add_put("/fault", bot.set_fault)
    app.router.add_get("/seen", bot.seen)
    return app


if __name__ == "__main__":
    port = int(sys.argv[1])
    web.run_app(make_app(Bot(sys.argv[2], f"http://127.0.0.1:{port}")), host="127.0.0.1", port=port, print=None)
