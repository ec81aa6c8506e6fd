"""The one channel of Rasa, spoken by the gateway and the control program: ``/webhooks/shopclerk/...``.

===============  ==============================  ==========================================
POST turn        TurnRequest                     TurnResult
POST listen      ListenRequest                   204
POST erase       EraseRequest                    204
POST parse       {"text"}, Bearer secret_key     ParseResult and ``understood_by``
GET  health      --                              200 while the process lives
GET  ready       --                              200 once it has understood a message
===============  ==============================  ==========================================
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.serving.requests import check_text, decode
from contract.conversation import EraseRequest, ListenRequest, TurnRequest
from contract.nlu import ParseRequest
from contract.wire import InvalidInput, NotFound, ShopclerkError, TooLarge, Unauthorised, Unavailable, dumps, to_json

logger = logging.getLogger(__name__)
Handler = Callable[[Request], Awaitable[HTTPResponse]]


class InternalChannel(InputChannel):
    """Registered by ``bot.serving.app``; ``app.ctx.turns`` is its ``TurnService``."""

    @classmethod
    def name(cls) -> str:
        return "shopclerk"

    def blueprint(self, on_new_message: Callable[..., Awaitable[Any]]) -> Blueprint:  # noqa: ARG002
        blueprint = Blueprint("shopclerk_internal", self.name())
        blueprint.add_route(_answered(_turn), "/turn", methods=["POST"], name="turn")
        blueprint.add_route(_answered(_listen), "/listen", methods=["POST"], name="listen")
        blueprint.add_route(_answered(_erase), "/erase", methods=["POST"], name="erase")
        blueprint.add_route(_answered(_parse), "/parse", methods=["POST"], name="parse")
        blueprint.add_route(_answered(_health), "/", methods=["GET"], name="root")
        blueprint.add_route(_answered(_health), "/health", methods=["GET"], name="health")
        blueprint.add_route(_answered(_ready), "/ready", methods=["GET"], name="ready")
        return blueprint


async def _turn(request: Request) -> HTTPResponse:
    return _answer(await _turns(request).turn(decode(TurnRequest, request.body)))


async def _listen(request: Request) -> HTTPResponse:
    await _turns(request).listen(decode(ListenRequest, request.body))
    return HTTPResponse(status=204)


async def _erase(request: Request) -> HTTPResponse:
    await _turns(request).erase(decode(EraseRequest, request.body))
    return HTTPResponse(status=204)


async def _parse(request: Request) -> HTTPResponse:
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(
        given.encode(errors="replace"), f"Bearer {request.app.ctx.settings.secret_key}".encode()
    ):
        raise Unauthorised("This needs the installation's secret key.")
    text = decode(ParseRequest, request.body).text.strip()
    check_text(text, max_length=request.app.ctx.settings.max_text_length)
    understood = await _turns(request).parse(text)
    return json({**to_json(understood.prediction), "understood_by": understood.understood_by})


async def _health(request: Request) -> HTTPResponse:  # noqa: ARG001
    return json({"status": "alive"})


async def _ready(request: Request) -> HTTPResponse:
    if not getattr(request.app.ctx, "is_ready", False):
        raise Unavailable("The bot is still warming up.", retry_after=1.0)
    return json({"status": "ready", "archive": request.app.ctx.archive})


def refused_by_sanic(_: Request, error: SanicException) -> HTTPResponse:
    """What never reaches a handler, such as a body that is too large, in the one form of every error."""
    kind = {404: NotFound, 413: TooLarge}.get(error.status_code, InvalidInput)
    return json(kind(str(error)).body(), status=error.status_code)


def _turns(request: Request) -> Any:
    turns = getattr(request.app.ctx, "turns", None)
    if turns is None:
        raise Unavailable("Shoppers are served by `python -m bot.serve`, not by `rasa run`.")
    return turns


def _answer(value: Any) -> HTTPResponse:
    return HTTPResponse(dumps(value), content_type="application/json")


def _answered(handler: Handler) -> Handler:
    @wraps(handler)
    async def answered(request: Request) -> HTTPResponse:
        try:
            return await handler(request)
        except ShopclerkError as error:
            headers = {"Retry-After": str(max(1, round(error.retry_after)))} if error.retry_after else None
            return json(error.body(), status=error.status, headers=headers)
        except Exception:
            logger.exception("A request to %s failed.", request.path)
            return json({"error": "The bot has a fault.", "error_type": "internal"}, status=500)

    return answered
