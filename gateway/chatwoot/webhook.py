"""What Chatwoot tells us: an agent's reply goes to the shopper, a resolved conversation back to the bot."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
import uuid
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contract.settings import Settings
from contract.wire import Conflict, NotFound, Unauthorised
from gateway.channels.access import gateway_of
from gateway.http_input import parse_object, read_body
from gateway.items import MAX_TEXT
from gateway.security import address_of
from gateway.services import Gateway
from gateway.text import scrub

MAX_BYTES = 512 * 1024
MAX_AGE_S = 300.0
LONGEST_NAME = 64
_IDS = uuid.UUID("5b0e3c2e-6c0f-4f7a-9a53-3d6f0d0a8c11")  # names Chatwoot's messages among our items
_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>]+")

router = APIRouter(prefix="/v1/chatwoot")


@router.post("/webhook")
async def webhook(request: Request) -> Response:
    """Signed by Chatwoot. The same message again changes nothing. ``status``: taken or ignored."""
    gateway = gateway_of(request)
    if gateway.forwarding is None:
        raise NotFound("There is nothing at this address.")
    body = await read_body(request, limit=MAX_BYTES)
    try:
        check_signature(request, body, gateway.settings)
    except Unauthorised:
        gateway.guesses.check(address_of(request))
        raise
    event = parse_object(body)
    take = {"message_created": _reply, "conversation_status_changed": _status}.get(str(event.get("event")))
    is_taken = take is not None and await take(gateway, event)
    return JSONResponse({"status": "taken" if is_taken else "ignored"})


def check_signature(request: Request, body: bytes, settings: Settings) -> None:
    """Older versions of Chatwoot do not sign: with those the address that they call ends in ``?secret=SECRET``.

    Raises:
        Unauthorised: neither, or signed more than five minutes ago.
    """
    secret = request.query_params.get("secret", "")
    if secret and hmac.compare_digest(secret.encode(), settings.chatwoot_webhook_secret.encode()):
        return
    stamp = request.headers.get("x-chatwoot-timestamp", "")
    mac = hmac.new(settings.chatwoot_webhook_secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    given = request.headers.get("x-chatwoot-signature", "")
    if not hmac.compare_digest(given.encode(), f"sha256={mac.hexdigest()}".encode()):
        raise Unauthorised("The signature is not Chatwoot's.")
    if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(time.time() - int(stamp)) > MAX_AGE_S:
        raise Unauthorised("The request is too old.")


async def _reply(gateway: Gateway, event: dict[str, Any]) -> bool:
    if event.get("message_type") != "outgoing" or event.get("private") or not _is_ours(gateway, event):
        return False
    number, chatwoot_id, text = event.get("id"), _part(event, "conversation").get("id"), _text(event)
    if not isinstance(number, int) or not isinstance(chatwoot_id, int) or not text:
        return False
    item_id = str(uuid.uuid5(_IDS, f"{gateway.settings.chatwoot_account}/{number}"))
    try:
        return await gateway.replies.say(chatwoot_id, agent=_name(event), text=text, item_id=item_id)
    except Conflict:  # the same message was changed there: the shopper has read it as it was
        return False


async def _status(gateway: Gateway, event: dict[str, Any]) -> bool:
    chatwoot_id = event.get("id")
    if event.get("status") != "resolved" or not isinstance(chatwoot_id, int) or not _is_ours(gateway, event):
        return False
    return await gateway.replies.resolve(chatwoot_id, agent="Chatwoot")


def _is_ours(gateway: Gateway, event: dict[str, Any]) -> bool:
    """An account's webhook tells of all its inboxes."""
    inbox = _part(event, "inbox").get("id", event.get("inbox_id"))
    return inbox is None or inbox == gateway.settings.chatwoot_inbox


def _text(event: dict[str, Any]) -> str:
    files = [file.get("data_url") for file in event.get("attachments") or [] if isinstance(file, dict)]
    parts = [event.get("content"), *files]
    return scrub("\n".join(part for part in parts if isinstance(part, str))).strip()[:MAX_TEXT]


def _name(event: dict[str, Any]) -> str:
    sender = _part(event, "sender")
    name = sender.get("available_name") or sender.get("name")
    return _UNSAFE.sub(" ", str(name or "")).strip()[:LONGEST_NAME] or "Our team"


def _part(event: dict[str, Any], name: str) -> dict[str, Any]:
    value = event.get(name)
    return value if isinstance(value, dict) else {}
