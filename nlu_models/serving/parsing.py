"""``POST /v1/parse`` without the framework, whose part in it took longer than ours; it is nearly all the traffic."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from contract.nlu import ParseRequest, ParseResult
from contract.wire import ShopclerkError
from nlu_models.serving.body_limit import SMALL_BYTES, App, Message, Receive, Send
from nlu_models.serving.errors import answer
from nlu_models.serving.service import Service

PATH = "/v1/parse"
_REQUEST = TypeAdapter(ParseRequest)
_RESULT = TypeAdapter(ParseResult)


class Parsing:
    """ASGI middleware: answers well-formed messages itself, and refuses them before they are read where the queue is
    full. Whatever is unusual goes on to FastAPI's route, which says what is wrong with it."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if not _is_usual(scope):
            await self._app(scope, receive, send)
            return
        service: Service = scope["app"].state.service
        try:
            service.batcher.refuse_if_full()
            body = await _read(receive)
            try:
                request = _REQUEST.validate_json(body)
            except ValidationError:
                await self._app(scope, _again(body, receive), send)
                return
            result = _RESULT.dump_json(await service.parse(request))
        except ShopclerkError as error:
            service.metrics.refused.labels(error_type=error.error_type).inc()
            await answer(error)(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(result)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": result})


def _is_usual(scope: Message) -> bool:
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
        return False
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    return length.isdigit() and int(length) <= SMALL_BYTES and headers.get(b"content-type") == b"application/json"


async def _read(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """``receive`` for one who has not seen the body yet."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def first_the_body() -> Message:
        return pending.pop() if pending else await receive()

    return first_the_body
