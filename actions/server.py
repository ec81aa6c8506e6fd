"""The HTTP side of the action server: rasa-sdk's protocol, its executor, and nothing that it would tell a stranger.

rasa-sdk's own server listens everywhere, allows every origin and sends a failed request back with all its data; so its
executor runs here behind a small one. A different version of Rasa on the other side is meant and checked by tests.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from actions import runtime
from actions.background import Background
from actions.db.engine import transaction
from actions.documents import pdf_of
from actions.registry import ShopExecutor
from actions.services import recommended, tickets
from contract.conversation import OpenTickets
from contract.links import ProductClick
from contract.wire import InvalidInput, ShopclerkError, TooLarge, Unauthorised, from_json, to_json

logger = logging.getLogger(__name__)
T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]
MAX_CALL_BYTES = 4 * 1024 * 1024


def make_app(shop: runtime.Runtime, *, with_background: bool = True) -> Starlette:
    """For Rasa ``POST /webhook``; for the gateway ``GET /documents/TOKEN``, ``POST /tickets/open`` and
    ``POST /recommendations/clicked``; for whoever watches ``GET /health``.

    The outbox and the recommender work beside it while it runs.
    """
    executor = ShopExecutor()

    async def webhook(request: Request) -> JSONResponse:
        try:
            return await _answer(executor, _action_call(await _bounded_body(request)))
        except ShopclerkError as error:
            return JSONResponse(error.body(), error.status)

    async def document(request: Request) -> Response:
        try:
            pdf = await asyncio.to_thread(pdf_of, request.path_params["token"], shop)
        except ShopclerkError as error:
            return JSONResponse(error.body(), error.status)
        return Response(pdf, media_type="application/pdf")

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        runtime.use(shop)
        background = Background(shop, threading.Event())
        if with_background:
            background.start()
        try:
            yield
        finally:
            background.stop()
            shop.close()

    routes = [
        Route("/webhook", webhook, methods=["POST"]),
        Route("/documents/{token}", document),
        Route("/tickets/open", _told(shop, OpenTickets, _open_tickets), methods=["POST"]),
        Route("/recommendations/clicked", _told(shop, ProductClick, _note_click), methods=["POST"]),
        Route("/health", health),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def _answer(executor: ShopExecutor, call: dict[str, Any]) -> JSONResponse:
    """What rasa-sdk's server would answer, without the request's data in an error."""
    name = str(call.get("next_action"))
    try:
        result = await executor.run(call)
    except ActionNotFoundException:
        return JSONResponse({"error": f"There is no action {name!r} here.", "action_name": name}, 404)
    except ActionExecutionRejection as error:
        return JSONResponse({"error": error.message, "action_name": name}, 400)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        logger.error("A call of %s could not be read: %s", name, type(error).__name__)
        raise InvalidInput("This is not a call of an action as Rasa makes it.") from error
    return JSONResponse(result.model_dump() if result else None)


async def _bounded_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_CALL_BYTES:
            raise TooLarge(f"A call of an action may have at most {MAX_CALL_BYTES} bytes.")
    return bytes(body)


def _told(shop: runtime.Runtime, kind: type[T], work: Callable[[runtime.Runtime, T], object]) -> Endpoint:
    """An endpoint to which the gateway posts a ``kind``, with the secret key as bearer. What ``work`` gives is the
    answer; 204 where that is nothing."""

    async def endpoint(request: Request) -> Response:
        try:
            _check_secret(request, shop.settings.secret_key)
            told = from_json(kind, _json(await _bounded_body(request)))
            answer = await asyncio.to_thread(work, shop, told)
        except ShopclerkError as error:
            return JSONResponse(error.body(), error.status)
        return Response(status_code=204) if answer is None else JSONResponse(to_json(answer))

    return endpoint


def _check_secret(request: Request, key: str) -> None:
    """
    Raises:
        Unauthorised: the bearer key is not the installation's secret key.
    """
    given = request.headers.get("authorization", "").encode(errors="replace")
    if not hmac.compare_digest(given, f"Bearer {key}".encode()):
        raise Unauthorised("This needs the installation's secret key.")


def _open_tickets(shop: runtime.Runtime, asked: OpenTickets) -> OpenTickets:
    with transaction(shop.reading) as session:
        return OpenTickets(tuple(tickets.open_in(session, asked.conversation_ids)))


def _note_click(shop: runtime.Runtime, click: ProductClick) -> None:
    with transaction(shop.writing) as session:
        recommended.note_clicked(session, click.message_id, click.product_id)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("This is not JSON.") from error


def _action_call(body: bytes) -> dict[str, Any]:
    call = _json(body)
    if not isinstance(call, dict) or not isinstance(call.get("tracker"), dict):
        raise InvalidInput("A call of an action is an object with next_action and tracker.")
    return call
