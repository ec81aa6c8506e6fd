"""A WeChat official account: messages in as XML, customer-service messages out."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from contract.settings import Settings
from contract.wire import InvalidInput, Unauthorised
from gateway.channels.messengers.calls import Calls, Reply
from gateway.channels.messengers.downloads import picture_of
from gateway.channels.messengers.messages import (
    Bubble,
    CardLink,
    ChannelMessage,
    Look,
    NotDelivered,
    PhotoSource,
    Received,
    Webhook,
    identifier,
)
from gateway.channels.messengers.rich import plain
from gateway.channels.messengers.signatures import check_equal
from gateway.channels.messengers.wechat_xml import parse_fields
from gateway.photos import MEGABYTE
from gateway.store.deliveries import Address

NEEDED = ("wechat_app_id", "wechat_app_secret", "wechat_token")
MAX_AGE_S = 300
MAX_ECHO = 200
TEXT_BYTES = 2048
RENEW_S = 300.0  # before the access token ends
_TOKEN_ENDED = {40001, 40014, 42001}
_LATER = {-1, 45009, 45011, 48001, 50002, *_TOKEN_ENDED}  # busy, too many calls, something to be put right


def _bytes(text: str) -> int:
    return len(text.encode())


class WeChat:
    """The signature does not cover the body: it holds for five minutes, and HTTPS has to guard the rest."""

    name = "wechat"
    writes_within_s = 48 * 3600.0
    look = Look(text=TEXT_BYTES, markup=plain, caption=0, link=CardLink.PICTURE, size=_bytes)

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self._settings, self._calls = settings, calls
        self._access = _AccessToken(settings, calls)

    def handshake(self, hook: Webhook, /) -> Received:
        self._check(hook)
        echo = hook.query.get("echostr", "")
        if not 0 < len(echo) <= MAX_ECHO:
            raise InvalidInput("The request has no usable echostr.")
        return Received(reply=echo)

    def read(self, hook: Webhook) -> Received:
        self._check(hook)
        fields = parse_fields(hook.body)
        message = self._message(fields)
        return Received((message,) if message else (), reply="success")

    async def send(self, address: Address, bubble: Bubble) -> None:
        body = {"touser": address["to"], **_content(bubble)}
        reply = await self._with_token(lambda token: self._post(token, body))
        if not reply.is_ok or reply.data.get("errcode") != 0:
            raise _refused(reply)

    async def fetch(self, photo: PhotoSource) -> bytes:
        reply = await self._with_token(lambda token: self._media(token, photo.id))
        if "errcode" in reply.data:
            raise _refused(reply)
        return picture_of(reply, megabytes=self._settings.photo_max_mb)

    async def _with_token(self, call: Callable[[str], Awaitable[Reply]]) -> Reply:
        """The call's answer; with a new token if the one that we had has ended."""
        reply = await call(await self._access.current())
        if reply.data.get("errcode") not in _TOKEN_ENDED:
            return reply
        self._access.forget()
        return await call(await self._access.current())

    async def _post(self, token: str, body: dict[str, Any]) -> Reply:
        return await self._calls.post(
            f"{self._settings.wechat_url}/cgi-bin/message/custom/send?access_token={token}", body
        )

    async def _media(self, token: str, media_id: str) -> Reply:
        query = urlencode({"access_token": token, "media_id": media_id})
        limit = self._settings.photo_max_mb * MEGABYTE
        return await self._calls.get(f"{self._settings.wechat_url}/cgi-bin/media/get?{query}", max_bytes=limit)

    def _check(self, hook: Webhook) -> None:
        moment, nonce = hook.query.get("timestamp", ""), hook.query.get("nonce", "")
        if not re.fullmatch(r"[0-9]{1,12}", moment) or abs(time.time() - int(moment)) > MAX_AGE_S:
            raise Unauthorised("The request has no timestamp, or an old one.")
        content = "".join(sorted([self._settings.wechat_token, moment, nonce]))
        expected = hashlib.sha1(content.encode("utf-8", "surrogatepass")).hexdigest()  # noqa: S324 WeChat's choice
        check_equal(hook.query.get("signature", ""), expected)

    def _message(self, fields: dict[str, str]) -> ChannelMessage | None:
        kind, event = fields.get("MsgType"), fields.get("Event", "").lower()
        if kind == "event" and event not in ("subscribe", "click"):
            return None
        sender, account = identifier(fields, "FromUserName"), identifier(fields, "ToUserName")
        is_start = kind == "event" and event == "subscribe"
        said = {"text": "Content", "voice": "Recognition", "event": "EventKey"}.get(kind or "", "")
        media_id = fields.get("MediaId") if kind == "image" else None
        number = fields.get("MsgId") or f"{event} {identifier(fields, 'CreateTime')}"
        return ChannelMessage(
            self.name,
            f"{account}\0{sender}",
            identifier({"MsgId": number}, "MsgId"),
            {"to": sender},
            text=fields.get(said) or None,
            photo=PhotoSource(id=media_id) if media_id else None,
            is_start=is_start,
        )


def _refused(reply: Reply) -> NotDelivered:
    code = reply.data.get("errcode")
    return reply.refused(f"errcode {code}", is_permanent=code not in _LATER if reply.is_ok and code else None)


@dataclass
class _AccessToken:
    """The token that calls carry, good for two hours."""

    settings: Settings
    calls: Calls
    _token: str = ""
    _until: float = 0.0

    async def current(self) -> str:
        """
        Raises:
            NotDelivered: WeChat gives none now.
        """
        if time.monotonic() >= self._until:
            asked = {"grant_type": "client_credential", "appid": self.settings.wechat_app_id}
            url = f"{self.settings.wechat_url}/cgi-bin/stable_token"
            reply = await self.calls.post(url, {**asked, "secret": self.settings.wechat_app_secret})
            token, lifetime = reply.data.get("access_token"), reply.data.get("expires_in")
            if not isinstance(token, str) or not isinstance(lifetime, int):
                raise reply.refused(f"no access token: errcode {reply.data.get('errcode')}", is_permanent=False)
            self._token, self._until = token, time.monotonic() + max(0.0, lifetime - RENEW_S)
        return self._token

    def forget(self) -> None:
        self._until = 0.0


def _content(bubble: Bubble) -> dict[str, Any]:
    """A card's picture and link are an article of its own; its text and choices follow."""
    page = bubble.url or bubble.image
    if page is None:
        return {"msgtype": "text", "text": {"content": plain(bubble.spans)}}
    picture = {"picurl": bubble.image} if bubble.image else {}
    article = {"title": bubble.alt, "description": plain(bubble.spans), "url": page, **picture}
    return {"msgtype": "news", "news": {"articles": [article]}}
