"""Documents of the shop behind signed, short-lived links: the action server makes them, shoppers get them here."""

from __future__ import annotations

import asyncio
import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from contract.links import document_of
from contract.wire import Unauthorised
from gateway.channels.access import gateway_of
from gateway.http_client import Unreachable, UselessAnswer

MAX_BYTES = 4 * 1024 * 1024
WITHIN_S = 10.0
EXPIRED = "This link has expired or is not complete. Please ask for the invoice again in the chat."
GONE = "This document does not exist any more."
NOT_NOW = "The document can't be made right now. Please try again in a minute."
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,1000}\.[A-Za-z0-9_-]{1,100}")

router = APIRouter(prefix="/v1/documents")


@router.get("/{token}")
async def get_document(request: Request, token: str) -> Response:
    """The PDF of a link. A browser opens it, so what goes wrong is a sentence and not JSON."""
    gateway = gateway_of(request)
    try:
        document = document_of(token if _TOKEN.fullmatch(token) else "", key=gateway.settings.secret_key)
    except Unauthorised:
        return PlainTextResponse(EXPIRED, 410)
    address = gateway.settings.actions_url.removesuffix("/webhook")
    try:
        async with asyncio.timeout(WITHIN_S):
            status, body = await gateway.http.send(
                "GET", f"{address}/documents/{token}", headers={}, max_bytes=MAX_BYTES
            )
    except (Unreachable, UselessAnswer, TimeoutError):
        return PlainTextResponse(NOT_NOW, 503, headers={"Retry-After": "60"})
    if status != 200:
        return PlainTextResponse(GONE if status == 404 else NOT_NOW, 404 if status == 404 else 503)
    name = re.sub(r"[^A-Za-z0-9-]", "", document.id)
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"}
    return Response(body, media_type="application/pdf", headers=headers)
