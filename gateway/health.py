"""For those who run the gateway: is it alive, can it answer, and how does it do."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contract.wire import Unavailable
from gateway.channels.access import gateway_of
from gateway.security import check_secret, is_local
from gateway.services import Gateway

READY_TIMEOUT_S = 2.0

router = APIRouter()


@router.get("/health")
async def health() -> Response:
    """The process is alive."""
    return JSONResponse({"status": "ok"})


@router.get("/ready")
async def ready(request: Request) -> Response:
    """The message store takes writes and a bot answers; otherwise 503 and what is missing."""
    gateway = gateway_of(request)
    missing = [sentence for sentence in await asyncio.gather(_store(gateway), _bot(gateway)) if sentence]
    if missing:
        raise Unavailable(" ".join(missing), retry_after=2)
    return JSONResponse({"status": "ready", "bot": gateway.deployment.archive})


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus' text form; from this machine, or with the secret key."""
    gateway = gateway_of(request)
    if not is_local(request):
        check_secret(request, gateway.settings)
    return Response(gateway.metrics.page(), media_type="text/plain; version=0.0.4")


async def _store(gateway: Gateway) -> str | None:
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            await gateway.database.write(lambda db: db.execute(text("SELECT 1")).scalar())
    except (Unavailable, TimeoutError):
        return "The message store does not answer."
    return None


async def _bot(gateway: Gateway) -> str | None:
    url = gateway.deployment.url
    if url is None:
        return "No bot is deployed yet, or the bot's control API does not answer."
    return None if await gateway.bot.is_reachable(url) else "The bot that is deployed does not answer."
