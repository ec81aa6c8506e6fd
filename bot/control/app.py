"""The control API of ``contract.deployment`` over HTTP."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.control.archives import ArchiveStore
from bot.control.deployments import Deployments
from bot.control.trainings import Trainings
from contract.deployment import DeployRequest
from contract.settings import Settings
from contract.wire import InvalidInput, NotFound, ShopclerkError, Unauthorised, Unavailable, dumps, from_json

logger = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
DEPLOYMENTS, TRAININGS, ARCHIVES, KEY = "deployments", "trainings", "archives", "key"


def create_app(settings: Settings, *, project: Path | None = None) -> web.Application:
    """The application; Rasa is started with it and ended with it. ``project``: a folder to train, for tests."""
    app = web.Application(middlewares=[_errors, _only_with_key], client_max_size=64 * 1024)
    app[KEY] = settings.secret_key
    app[ARCHIVES] = ArchiveStore(Path(settings.archives_dir), key=settings.secret_key)
    app[TRAININGS] = Trainings(settings, app[ARCHIVES], project=project)

    async def run_rasa(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(trust_env=False) as http:
            app[DEPLOYMENTS] = Deployments(settings, app[ARCHIVES], http)
            app[DEPLOYMENTS].start()
            yield
            await app[TRAININGS].stop()
            await app[DEPLOYMENTS].stop()

    app.cleanup_ctx.append(run_rasa)
    app.add_routes(
        [
            web.get("/health", _health),
            web.get("/ready", _ready),
            web.get("/v1/deployment", _deployment),
            web.post("/v1/deployment", _deploy),
            web.post("/v1/deployment/rollback", _roll_back),
            web.get("/v1/archives", _archives),
            web.post("/v1/trainings", _begin_training),
            web.get("/v1/trainings", _trainings),
            web.get("/v1/trainings/{run_id}", _training),
        ]
    )
    return app


async def _health(_: web.Request) -> web.Response:
    return _json({"status": "alive"})


async def _ready(request: web.Request) -> web.Response:
    deployments: Deployments = request.app[DEPLOYMENTS]
    if not deployments.is_ready:
        raise Unavailable(deployments.current().error or "The bot is starting.")
    return _json({"status": "ready"})


async def _deployment(request: web.Request) -> web.Response:
    return _json(request.app[DEPLOYMENTS].current())


async def _deploy(request: web.Request) -> web.Response:
    wanted = from_json(DeployRequest, await _body(request))
    return _json(request.app[DEPLOYMENTS].deploy(wanted.archive), status=202)


async def _roll_back(request: web.Request) -> web.Response:
    return _json(request.app[DEPLOYMENTS].roll_back(), status=202)


async def _archives(request: web.Request) -> web.Response:
    return _json(request.app[ARCHIVES].list())


async def _begin_training(request: web.Request) -> web.Response:
    return _json(request.app[TRAININGS].begin(), status=202)


async def _trainings(request: web.Request) -> web.Response:
    return _json(request.app[TRAININGS].list())


async def _training(request: web.Request) -> web.Response:
    return _json(request.app[TRAININGS].get(request.match_info["run_id"]))


async def _body(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise InvalidInput("The request is not JSON.") from error


def _json(value: Any, *, status: int = 200) -> web.Response:
    return web.Response(text=dumps(value), status=status, content_type="application/json")


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ShopclerkError as error:
        return _json(error.body(), status=error.status)
    except web.HTTPNotFound:
        return _json(NotFound(f"There is nothing at {request.path}.").body(), status=404)
    except web.HTTPException as error:
        return _json({"error": error.reason, "error_type": "invalid_input"}, status=error.status)
    except Exception:
        logger.exception("A request to %s failed.", request.path)
        return _json({"error": "The control program has a fault.", "error_type": "internal"}, status=500)


@web.middleware
async def _only_with_key(request: web.Request, handler: Handler) -> web.StreamResponse:
    given = request.headers.get("Authorization", "").encode(errors="replace")
    if request.path.startswith("/v1/") and not hmac.compare_digest(given, f"Bearer {request.app[KEY]}".encode()):
        raise Unauthorised("This needs the installation's secret key.")
    return await handler(request)
