"""The web chat's session: begun, begun again after a reload, and ended."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contract.wire import Unauthorised
from gateway import sentences, shop_token
from gateway.channels.access import gateway_of, session_of, set_cookie, with_cookie
from gateway.channels.web import conversation_json
from gateway.http_input import read_optional_object, take_string
from gateway.photos import MEGABYTE
from gateway.security import check_origin, client_of
from gateway.services import Gateway
from gateway.sessions import Access

router = APIRouter(prefix="/v1")


@router.post("/session")
async def post_session(request: Request) -> Response:
    """The session of the cookie, or a new one; ``shop_token`` says which customer the shop has logged in."""
    gateway = gateway_of(request)
    check_origin(request, gateway.settings)
    data = await read_optional_object(request)
    customer_id = _customer(gateway, data)
    access = await _known_or_new(gateway, request)
    if customer_id is not None:
        access = await _vouched(gateway, access, customer_id)
    body = {
        "csrf_token": gateway.sessions.csrf(access.session),
        **_public(gateway),
        "is_verified": access.conversation.customer_id is not None,
        **await conversation_json(gateway, access),
    }
    return with_cookie(JSONResponse(body), access, gateway.settings)


@router.delete("/session")
async def delete_session(request: Request) -> Response:
    """Ends the session. The next one begins with a new conversation."""
    gateway = gateway_of(request)
    access = await session_of(request, is_change=True, rotates=False)
    await gateway.sessions.end(access)
    gateway.hub.close_session(access.session.id)
    response = Response(status_code=204)
    set_cookie(response, "", gateway.settings)
    return response


@router.get("/config")
async def get_config(request: Request) -> Response:
    """What a page may know before there is a session."""
    return JSONResponse(_public(gateway_of(request)))


def _public(gateway: Gateway) -> dict[str, object]:
    settings = gateway.settings
    return {
        "shop_name": settings.shop_name,
        "greeting": sentences.greeting(settings.shop_name),
        "max_text_length": settings.max_text_length,
        "max_photo_bytes": settings.photo_max_mb * MEGABYTE,
        "locale": settings.locale,
    }


def _customer(gateway: Gateway, data: dict[str, object]) -> str | None:
    if data.get("shop_token") is None:
        return None
    token = take_string(data, "shop_token", max_length=shop_token.MAX_LENGTH)
    return shop_token.customer_of(token, key=gateway.settings.shop_token_key)


async def _vouched(gateway: Gateway, access: Access, customer_id: str) -> Access:
    vouched = await gateway.sessions.vouch(access, customer_id)
    if vouched.new_token is not None:  # whoever listens with the former cookie hears nothing of the customer
        gateway.hub.close_session(access.session.id)
    return vouched


async def _known_or_new(gateway: Gateway, request: Request) -> Access:
    try:
        return await session_of(request)
    except Unauthorised:
        gateway.new_sessions.check(client_of(request))
        return await gateway.sessions.open()
