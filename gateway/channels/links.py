"""Links to the shop's own pages of recommended products: they lead there at once, and the click is noted."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from contract.links import product_link_of
from contract.wire import Unauthorised
from gateway.channels.access import gateway_of
from gateway.security import client_of

BROKEN = "This link is too old or not complete. Please ask for the product again in the chat."
_ROBOT = re.compile(r"(?<!cu)bot\b|crawler|spider|preview|facebookexternalhit|meta-external", re.IGNORECASE)

router = APIRouter(prefix="/v1/links")


@router.api_route("/{token}", methods=["GET", "HEAD"])
async def follow_link(request: Request, token: str) -> Response:
    """On to the page that we signed. A browser opens it, so what goes wrong is a sentence and not JSON."""
    gateway = gateway_of(request)
    try:
        link = product_link_of(token, key=gateway.settings.secret_key)
    except Unauthorised:
        return PlainTextResponse(BROKEN, 410)
    note = BackgroundTask(gateway.clicks.note, link, client=client_of(request)) if _is_click(request) else None
    return RedirectResponse(link.url, 302, background=note)


def _is_click(request: Request) -> bool:
    """Not a robot, such as those with which messengers look at a link before anybody presses it. Every browser calls
    itself Mozilla; of the robots that do too, most give their name. (Cubot makes phones.)"""
    agent, purpose = request.headers.get("user-agent", ""), request.headers.get("sec-purpose", "")
    return (
        request.method == "GET"
        and agent.startswith("Mozilla/")
        and not _ROBOT.search(agent)
        and "prefetch" not in purpose
    )
