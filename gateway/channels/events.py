"""The web chat's live events (SSE): ``session``, ``item``, ``typing``, ``handoff``; resumes after ``Last-Event-ID``."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.channels.access import gateway_of, session_of, with_cookie
from gateway.channels.web import visible
from gateway.handoff import shopper_view
from gateway.http_input import after_of
from gateway.hub import Stream
from gateway.items import render
from gateway.services import Gateway
from gateway.sessions import Access

HEARTBEAT_S = 15.0
RETRY_MS = 1500

router = APIRouter(prefix="/v1")


@router.get("/events")
async def get_events(request: Request) -> Response:
    """A stream that ends with its session, when its token changes, and when the gateway stops."""
    gateway = gateway_of(request)
    access = await session_of(request)
    after = after_of(request)
    stream = gateway.hub.subscribe(conversation_id=access.conversation.id, session_id=access.session.id)
    live = _Live(gateway, access, stream, last=max(after, access.conversation.visible_after))
    response = StreamingResponse(live.lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    return with_cookie(response, access, gateway.settings)


@dataclass
class _Live:
    """``last``: the seq of the last item that was sent; every higher one follows, in order, once."""

    gateway: Gateway
    access: Access
    stream: Stream
    last: int

    async def lines(self) -> AsyncIterator[str]:
        try:
            yield f"retry: {RETRY_MS}\n\n"
            yield _line("session", {"tag": self.gateway.sessions.tag(self.access.session)})
            for line in await self._missed():
                yield line
            for line in self._state():
                yield line
            async for event in self.stream.events(heartbeat_s=HEARTBEAT_S):
                if event is None:
                    yield ": still here\n\n"
                elif event.kind != "item":
                    yield _line(event.kind, event.data)
                else:
                    for line in await self._item(event.data):
                        yield line
                if self._is_over():
                    return
        finally:
            self.gateway.hub.unsubscribe(self.stream)

    async def _item(self, item: dict[str, Any]) -> list[str]:
        """Items may be announced out of order: what lies between is read from the store."""
        if item["seq"] <= self.last:
            return []
        if item["seq"] > self.last + 1:
            return await self._missed()
        return [self._sent(item)]

    async def _missed(self) -> list[str]:
        found = await self.gateway.database.read(partial(visible, access=self.access, after=self.last))
        return [self._sent(render(item, self.gateway.offers)) for item in found]

    def _sent(self, item: dict[str, Any]) -> str:
        self.last = item["seq"]
        return _line("item", item, event_id=self.last)

    def _state(self) -> list[str]:
        conversation = self.access.conversation
        is_typing = self.gateway.lanes.is_busy(conversation.id) and not conversation.in_handoff
        return [_line("handoff", shopper_view(conversation)), _line("typing", {"active": is_typing})]

    def _is_over(self) -> bool:
        age_s = time.time() - self.access.session.created_at
        return age_s > self.gateway.settings.session_max_hours * 3600


def _line(kind: str, data: dict[str, Any], *, event_id: int | None = None) -> str:
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
