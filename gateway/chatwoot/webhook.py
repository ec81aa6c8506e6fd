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

from contract.links import is_web_address
from contract.settings import Settings
from contract.wire import Conflict, NotFound, Unauthorised
from gateway.channels.access import gateway_of
from gateway.chatwoot.forwarding import Forwarding
from gateway.http_input import parse_object, read_body
from gateway.items import MAX_TEXT
from gateway.security import client_of
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
    forwarding_of(gateway)
    body = await read_body(request, limit=MAX_BYTES)
    try:
        check_signature(request, body, gateway.settings)
    except Unauthorised:
        gateway.guesses.check(client_of(request))
        raise
    event = parse_object(body)
    take = {"message_created": _reply, "conversation_status_changed": _status}.get(str(event.get("event")))
    is_taken = take is not None and await take(gateway, event)
    return JSONResponse({"status": "taken" if is_taken else "ignored"})


def forwarding_of(gateway: Gateway) -> Forwarding:
    """
    Raises:
        NotFound: handoffs do not go to Chatwoot.
    """
    if gateway.forwarding is None:
        raise NotFound("There is nothing at this address.")
    return gateway.forwarding


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
    number, chatwoot_id = event.get("id"), _part(event, "conversation").get("id")
    if not isinstance(number, int) or not isinstance(chatwoot_id, int):
        return False
    text, is_whole = _text(event)
    is_taken = bool(text) and await _say(gateway, event, number=number, chatwoot_id=chatwoot_id, text=text)
    if is_whole or (text and not is_taken):
        return is_taken
    return await forwarding_of(gateway).tell_lost_files(chatwoot_id, number=number)


async def _say(gateway: Gateway, event: dict[str, Any], *, number: int, chatwoot_id: int, text: str) -> bool:
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


def _text(event: dict[str, Any]) -> tuple[str, bool]:
    """What the shopper gets, the words and a link to each attachment, and whether that is everything."""
    words, files = event.get("content"), event.get("attachments")
    text, is_whole = scrub(words if isinstance(words, str) else "").strip()[:MAX_TEXT], True
    for file in files if isinstance(files, list) else []:
        longer = f"{text}\n{_link(file)}".strip()
        fits = text != longer and len(longer) <= MAX_TEXT
        text, is_whole = longer if fits else text, is_whole and fits
    return text, is_whole


def _link(file: Any) -> str:
    """The address of an attachment; empty if it has none: a place or a contact, for example."""
    address = file.get("data_url") if isinstance(file, dict) else None
    return scrub(address).strip() if isinstance(address, str) and is_web_address(address) else ""


def _name(event: dict[str, Any]) -> str:
    sender = _part(event, "sender")
    name = sender.get("available_name") or sender.get("name")
    return _UNSAFE.sub(" ", str(name or "")).strip()[:LONGEST_NAME] or "Our team"


def _part(event: dict[str, Any], name: str) -> dict[str, Any]:
    value = event.get(name)
    return value if isinstance(value, dict) else {}
