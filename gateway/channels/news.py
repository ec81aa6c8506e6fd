"""News of the shop for a shopper who did not ask: the action server posts them, each signed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contract.conversation import News
from contract.signing import verify
from contract.wire import Unauthorised, to_json
from gateway.channels.access import gateway_of
from gateway.http_input import read_object
from gateway.security import client_of

router = APIRouter(prefix="/v1/news")


@router.post("")
async def post_news(request: Request) -> Response:
    """``{news: TOKEN}``: whether a chat takes it, and whether the messenger has it."""
    gateway = gateway_of(request)
    token = (await read_object(request)).get("news")
    try:
        news = verify(News, token if isinstance(token, str) else "", key=gateway.settings.secret_key)
    except Unauthorised:
        gateway.guesses.check(client_of(request))
        raise
    return JSONResponse(to_json(await gateway.news.tell(news)))
