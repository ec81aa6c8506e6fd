"""Refusing bodies that are too large before they are read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from contract.wire import TooLarge
from nlu_models.serving.errors import answer

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
SMALL_BYTES = 256 * 1024
LARGE_BYTES = 64 * 1024 * 1024
LARGE_PATHS = ("/v1/train", "/v1/comparisons")


class BodyLimit:
    """ASGI middleware: 64 MiB for training and comparisons, 256 KiB for everything else."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = LARGE_BYTES if scope["path"] in LARGE_PATHS else SMALL_BYTES
        error = TooLarge(f"The body is larger than {limit // 1024} KiB: send less.")
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            await answer(error)(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise error
            return message

        async def unless_too_large(message: Message) -> None:
            if read <= limit:
                await send(message)

        await self._app(scope, counted, unless_too_large)
        if read > limit:  # FastAPI has made a plain 400 of it
            await answer(error)(scope, receive, send)
