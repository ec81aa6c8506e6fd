"""Slack: direct messages to an app. Events and pressed buttons come in, ``chat.postMessage`` goes out."""

from __future__ import annotations

import html
import math
import re
import time
from typing import Any
from urllib.parse import parse_qs

from contract.settings import Settings
from contract.wire import InvalidInput, Unauthorised
from gateway.channels.messengers.calls import Calls, Reply
from gateway.channels.messengers.downloads import download
from gateway.channels.messengers.messages import (
    Bubble,
    ChannelMessage,
    Form,
    Look,
    NoHandshake,
    PhotoSource,
    Received,
    Webhook,
    child,
    children,
    identifier,
    string,
)
from gateway.channels.messengers.rich import slack as markup
from gateway.channels.messengers.signatures import check_equal, hmac_sha256
from gateway.http_input import parse_object
from gateway.store.deliveries import Address

NEEDED = ("slack_token", "slack_signing_secret")
MAX_AGE_S = 300
TEXT, ALT = 3000, 2000
FILE_HOSTS = ("files.slack.com", "files.slack-gov.com")
_FORM = "application/x-www-form-urlencoded"
_LINK = re.compile(r"<(?:mailto:|tel:)?([^<>|]*)(?:\|([^<>]*))?>")
_LATER = {  # Slack's own trouble, too many calls, and a token that has to be replaced
    *("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"),
    *("invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive", "missing_scope"),
}


class Slack(NoHandshake):
    """A direct message's channel has the app and one person in it: it is who wrote."""

    name = "slack"
    writes_within_s = math.inf
    look = Look(text=TEXT, markup=markup, forms=(Form("buttons", buttons=25, title=75, text=TEXT),), caption=TEXT)

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self._settings, self._calls = settings, calls
        self._bearer = {"Authorization": f"Bearer {settings.slack_token}"}

    def read(self, hook: Webhook) -> Received:
        self._check(hook)
        if hook.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
            return self._pressed(_payload(hook.body))
        data = parse_object(hook.body)
        if data.get("type") == "url_verification":
            return Received(reply=identifier(data, "challenge"))
        event = child(data, "event")
        return (
            Received(self._messages(event)) if data.get("type") == "event_callback" and _is_told(event) else Received()
        )

    async def send(self, address: Address, bubble: Bubble) -> None:
        reply = await self._post(address, bubble)
        if bubble.image is not None and reply.data.get("error") == "invalid_blocks":
            reply = await self._post(address, Bubble(bubble.spans, bubble.form, bubble.choices))  # no such picture
        if reply.data.get("ok") is not True:
            error = str(reply.data.get("error", ""))
            raise reply.refused(error, is_permanent=error not in _LATER if reply.is_ok and error else None)

    async def fetch(self, photo: PhotoSource) -> bytes:
        """Without the scope files:read Slack answers with a page."""
        base, limit = self._settings.slack_url, self._settings.photo_max_mb
        return await download(
            self._calls, photo.url, base=base, hosts=FILE_HOSTS, headers=self._bearer, megabytes=limit
        )

    async def _post(self, address: Address, bubble: Bubble) -> Reply:
        thread = {"thread_ts": address["thread"]} if "thread" in address else {}
        text = markup(bubble.spans) or bubble.alt
        body = {"channel": address["channel"], **thread, "text": text, "blocks": _blocks(bubble), "unfurl_links": False}
        return await self._calls.post(f"{self._settings.slack_url}/chat.postMessage", body, headers=self._bearer)

    def _check(self, hook: Webhook) -> None:
        moment = hook.headers.get("x-slack-request-timestamp", "")
        if not re.fullmatch(r"[0-9]{1,12}", moment) or abs(time.time() - int(moment)) > MAX_AGE_S:
            raise Unauthorised("The request has no timestamp, or an old one.")
        expected = hmac_sha256(self._settings.slack_signing_secret, b"v0:" + moment.encode() + b":" + hook.body)
        check_equal(hook.headers.get("x-slack-signature", ""), f"v0={expected}")

    def _messages(self, event: dict[str, Any]) -> tuple[ChannelMessage, ...]:
        channel, thread = identifier(event, "channel"), string(event, "thread_ts")
        address = {"channel": channel, **({"thread": thread} if thread else {})}
        files, photos = children(event, "files"), _photos(event)
        text = None if files and not photos else typed(string(event, "text") or "")
        return ChannelMessage(self.name, channel, identifier(event, "ts"), address, text=text).with_photos(photos)

    def _pressed(self, payload: dict[str, Any]) -> Received:
        channel = child(payload, "channel")
        actions = [action for action in children(payload, "actions") if string(action, "value")]
        if payload.get("type") != "block_actions" or not actions or not str(channel.get("id")).startswith("D"):
            return Received()
        where, thread = identifier(channel, "id"), string(child(payload, "message"), "thread_ts")
        address = {"channel": where, **({"thread": thread} if thread else {})}
        pressed = f"pressed {identifier(actions[0], 'action_ts')}"
        return Received((ChannelMessage(self.name, where, pressed, address, token=string(actions[0], "value")),))


def typed(text: str) -> str:
    """What the person typed: Slack wraps links, addresses and numbers, and escapes three characters."""
    return html.unescape(_LINK.sub(lambda link: link[2] or link[1], text))


def _is_told(event: dict[str, Any]) -> bool:
    """A person's new message in a direct message; not a bot's, ours least of all, and no edit."""
    is_new = event.get("type") == "message" and event.get("subtype") in (None, "file_share")
    return is_new and event.get("channel_type") == "im" and not event.get("bot_id") and bool(event.get("user"))


def _photos(event: dict[str, Any]) -> list[PhotoSource]:
    pictures = [one for one in children(event, "files") if (string(one, "mimetype") or "").startswith("image/")]
    return [PhotoSource(url=url) for one in pictures if (url := string(one, "url_private"))]


def _payload(body: bytes) -> dict[str, Any]:
    try:
        fields = parse_qs(body.decode(), max_num_fields=10, errors="strict")
        (payload,) = fields["payload"]
    except (ValueError, KeyError):
        raise InvalidInput("The form has no usable payload.") from None
    return parse_object(payload.encode())


def _blocks(bubble: Bubble) -> list[dict[str, Any]]:
    picture = {"type": "image", "image_url": bubble.image, "alt_text": (bubble.alt or "picture")[:ALT]}
    text = markup(bubble.spans)
    if not text:
        return [picture]
    section: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    if bubble.image is not None:
        section["accessory"] = picture
    return [section, {"type": "actions", "elements": _buttons(bubble)}] if bubble.choices else [section]


def _buttons(bubble: Bubble) -> list[dict[str, Any]]:
    return [
        {
            "type": "button",
            "action_id": f"choice-{index}",
            "text": {"type": "plain_text", "text": choice.title, "emoji": True},
            "value": choice.token,
        }
        for index, choice in enumerate(bubble.choices)
    ]
