"""Proves who sends a request: a session by cookie and CSRF token, a machine or an operator by bearer key."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from contract.settings import Settings
from contract.wire import Unauthorised
from gateway.security import allowed_origins, bearer, check_origin, check_secret, client_of
from gateway.services import Gateway
from gateway.sessions import Access
from gateway.store.api_keys import ApiKey
from gateway.tokens import digest


def gateway_of(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


def cookie_name(settings: Settings) -> str:
    return "__Host-shopclerk_session" if settings.cookie_secure else "shopclerk_session"


def set_cookie(response: Response, token: str, settings: Settings) -> None:
    """Hands the session token to the browser. An empty token deletes it."""
    age = int(settings.session_max_hours * 3600) if token else 0
    parts = [f"{cookie_name(settings)}={token}", "Path=/", f"Max-Age={age}", "HttpOnly"]
    if settings.cookie_secure and allowed_origins(settings):
        parts += ["Secure", "SameSite=None", "Partitioned"]
    else:
        parts += ["Secure", "SameSite=Lax"] if settings.cookie_secure else ["SameSite=Lax"]
    response.headers.append("Set-Cookie", "; ".join(parts))


async def session_of(
    request: Request, *, message_id: str | None = None, is_change: bool = False, rotates: bool = True
) -> Access:
    """The session of a request, proved by its cookie and, for a change, by origin and CSRF header. Its
    ``new_token``, if there is one, has to go out with the response (see ``with_cookie``).

    Raises:
        Unauthorised, Forbidden: neither. TooMany: too many wrong cookies from one address.
    """
    gateway = gateway_of(request)
    if is_change:
        check_origin(request, gateway.settings)
    token = request.cookies.get(cookie_name(gateway.settings), "")
    access = await _authenticated(gateway, client_of(request), token, message_id)
    if is_change:
        gateway.sessions.check_csrf(access, request.headers.get("x-csrf-token"))
    is_old = access.session.token_hash != digest(token)  # a retry of the request whose response was to change it
    if not rotates or (access.conversation.pending_customer_id is None and not is_old):
        return access
    return await gateway.sessions.rotate(access, token, message_id=message_id)


async def after_answer(request: Request, access: Access, message_id: str) -> Access:
    """Changes the session's token because the answer to this message verified the shopper."""
    gateway = gateway_of(request)
    token = request.cookies.get(cookie_name(gateway.settings), "")
    return await gateway.sessions.rotate(access, token, message_id=message_id)


def with_cookie(response: Response, access: Access, settings: Settings) -> Response:
    if access.new_token is not None:
        set_cookie(response, access.new_token, settings)
    return response


async def machine_of(request: Request) -> ApiKey:
    """
    Raises:
        Unauthorised: no valid API key. TooMany: too many wrong ones from one client.
    """
    gateway, client = gateway_of(request), client_of(request)
    try:
        return await gateway.api_keys.check(bearer(request))
    except Unauthorised:
        gateway.guesses.check(client)
        raise


def operators_gateway(request: Request) -> Gateway:
    """The gateway, for a program of this installation.

    Raises:
        Unauthorised: not the secret key. TooMany: too many wrong ones from one client.
    """
    gateway, client = gateway_of(request), client_of(request)
    try:
        check_secret(request, gateway.settings)
    except Unauthorised:
        gateway.guesses.check(client)
        raise
    return gateway


async def _authenticated(gateway: Gateway, client: str, token: str, message_id: str | None) -> Access:
    try:
        return await gateway.sessions.authenticate(token, message_id=message_id)
    except Unauthorised:
        if token:
            gateway.guesses.check(client)
        raise
