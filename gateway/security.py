"""Who may call from where: origins, bearer keys, and the headers on every response."""

from __future__ import annotations

import hmac
import re
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.settings import Settings
from contract.wire import Forbidden, InvalidInput, Unauthorised

ONE_CLIENT = 64  # bits of an IPv6 address: whoever has one has all that begin like it
LOOPBACK = ("127.0.0.1", "::1")
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


def allowed_origins(settings: Settings) -> list[str]:
    """The shop pages that may embed the chat."""
    return [origin.strip().rstrip("/").lower() for origin in settings.allowed_origins.split(",") if origin.strip()]


def check_allowed_origins(settings: Settings) -> None:
    """
    Raises:
        InvalidInput: one is no origin; ``*`` least of all, which would open every chat to every site.
    """
    for origin in allowed_origins(settings):
        if not _ORIGIN.fullmatch(origin):
            raise InvalidInput(
                f"SHOPCLERK_ALLOWED_ORIGINS holds {origin!r}: name each shop page's origin, such as https://shop.example."
            )


def check_trusted_proxies(settings: Settings) -> None:
    """
    Raises:
        InvalidInput: one is neither an address nor a network; ``*`` least of all, which would believe everybody.
    """
    for proxy in (part.strip() for part in settings.trusted_proxies.split(",") if part.strip()):
        try:
            ip_network(proxy)
        except ValueError as error:
            raise InvalidInput(
                f"SHOPCLERK_TRUSTED_PROXIES holds {proxy!r} ({error}): name each reverse proxy's address or network, "
                "such as 127.0.0.1 or 172.16.0.0/12."
            ) from error


def check_origin(request: Request, settings: Settings) -> None:
    """A browser says which page sends; only our own page and the shop's may.

    Raises:
        Forbidden: another page.
    """
    origin = request.headers.get("origin")
    if origin is None or origin in allowed_origins(settings) or origin == settings.gateway_url.rstrip("/"):
        return
    host = origin.partition("://")[2]
    if not host or host != request.headers.get("host"):
        raise Forbidden("This page may not use the chat: its origin is not in SHOPCLERK_ALLOWED_ORIGINS.")


def bearer(request: Request) -> str:
    """The key in ``Authorization: Bearer KEY``.

    Raises:
        Unauthorised: there is none.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthorised("Send the header Authorization: Bearer KEY.")
    return key.strip()


def check_secret(request: Request, settings: Settings) -> None:
    """
    Raises:
        Unauthorised: the bearer key is not the secret key of this installation.
    """
    if not hmac.compare_digest(bearer(request).encode(), settings.secret_key.encode()):
        raise Unauthorised("The key is not valid.")


def address_of(request: Request) -> str:
    """Whose request it is; behind a trusted proxy what that says."""
    return request.client.host if request.client else "unknown"


def is_local(request: Request) -> bool:
    """Whether a program of this machine asks by itself. What came through a proxy never is, whatever it says."""
    return "x-forwarded-for" not in request.headers and address_of(request) in LOOPBACK


def client_of(request: Request) -> str:
    """What is counted where a client may do something so often: an IPv4 address, or an IPv6 network."""
    written = address_of(request)
    try:
        address = ip_address(written)
    except ValueError:
        return written
    if not isinstance(address, IPv6Address):
        return written
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), ONE_CLIENT), strict=False))


def content_security_policy(settings: Settings) -> str:
    """For the page: only our own scripts and styles; framed only by the shop."""
    frames = " ".join(["'self'", *allowed_origins(settings)])
    images = "'self' data: https:" if settings.cookie_secure else "'self' data: https: http:"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
        f"img-src {images}; base-uri 'none'; form-action 'none'; frame-ancestors {frames}"
    )


def security_headers(settings: Settings) -> dict[str, str]:
    """What every response has, where the route has not set its own."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    if settings.cookie_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


class SecurityHeaders:
    """Adds the headers that every response has."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app, self._headers = app, security_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
