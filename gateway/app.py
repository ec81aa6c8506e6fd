"""The HTTP application: routes, errors as JSON, and the headers that every response has."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contract.settings import Settings
from contract.wire import InvalidInput, NotFound, ShopclerkError
from gateway import health, logs
from gateway.channels import documents, erasures, events, links, news, operator, photos, rest, web, web_session
from gateway.channels.messengers import webhooks as messengers
from gateway.chatwoot import webhook as chatwoot
from gateway.errors import MethodNotAllowed
from gateway.pages import WEB_DIR, add_pages
from gateway.security import SecurityHeaders, allowed_origins, security_headers
from gateway.services import Gateway, build

log = logs.get()


def create_app(settings: Settings, *, web_dir: Path = WEB_DIR) -> FastAPI:
    """The application; it starts and stops its ``Gateway`` with the server's lifespan.

    Raises:
        InvalidInput: a key is too short to be safe, an allowed origin is none, or a messenger is set up in part.
    """
    gateway = build(settings)
    app = FastAPI(title="Shopclerk gateway", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    app.state.gateway = gateway
    for_shoppers = (web_session, web, photos, events, documents, links)
    for_programs = (rest, operator, erasures, news, messengers, chatwoot, health)
    for part in (*for_shoppers, *for_programs):
        app.include_router(part.router)
    add_pages(app, settings, web_dir=web_dir)
    app.add_exception_handler(ShopclerkError, _typed_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)
    _add_cors(app, settings)
    app.add_middleware(SecurityHeaders, settings=settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    gateway: Gateway = app.state.gateway
    await gateway.start()
    try:
        yield
    finally:
        await gateway.stop()


def _add_cors(app: FastAPI, settings: Settings) -> None:
    origins = allowed_origins(settings)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_credentials=True,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Content-Type", "X-CSRF-Token", "Last-Event-ID"],
            max_age=600,
        )


async def _typed_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ShopclerkError)
    gateway: Gateway = request.app.state.gateway
    gateway.metrics.refused.labels(error.error_type).inc()
    headers = {} if error.retry_after is None else {"Retry-After": str(math.ceil(error.retry_after))}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(error.body(), error.status, headers=headers)


async def _http_error(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself, in our form."""
    assert isinstance(error, HTTPException)
    typed: ShopclerkError = InvalidInput("The request cannot be understood.")
    if error.status_code == 404:
        typed = NotFound("There is nothing at this address.")
    elif error.status_code == 405:
        typed = MethodNotAllowed("This address does not know this method.")
    response = await _typed_error(request, typed)
    response.headers.update(error.headers or {})
    return response


async def _unexpected_error(request: Request, error: Exception) -> Response:
    log.error("request_crashed", path=request.url.path, error=type(error).__name__)
    body = {"error": "Something went wrong on our side. Please try again.", "error_type": "internal"}
    headers = security_headers(request.app.state.gateway.settings)  # the middleware is not around this handler
    return JSONResponse(body, 500, headers=headers)
