"""Telegram's Bot API: updates with a secret header in, ``sendMessage`` out."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from contract.settings import Settings
from gateway.channels.messengers.calls import Calls, Reply
from gateway.channels.messengers.downloads import download
from gateway.channels.messengers.messages import (
    Bubble,
    ChannelMessage,
    Form,
    Look,
    NoHandshake,
    NotDelivered,
    PhotoSource,
    Received,
    Webhook,
    child,
    children,
    identifier,
    string,
)
from gateway.channels.messengers.rich import as_html
from gateway.channels.messengers.signatures import check_equal
from gateway.http_input import parse_object
from gateway.photos import too_large
from gateway.store.deliveries import Address

NEEDED = ("telegram_token", "telegram_webhook_secret")
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 a header's name
START = "/start"
TOO_BIG = "file is too big"  # what getFile says above 20 MB
TEXT = 4096
_FILE_PATH = re.compile(r"\w+(/[\w-]+(\.\w+)?)+", re.ASCII)


class Telegram(NoHandshake):
    name = "telegram"
    writes_within_s = math.inf
    look = Look(text=TEXT, markup=as_html, forms=(Form("keyboard", buttons=100, title=64, text=TEXT),), caption=TEXT)

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self._secret, self._calls, self._settings = settings.telegram_webhook_secret, calls, settings
        self._account = settings.telegram_token.partition(":")[0]
        self._address = f"{settings.telegram_url}/bot{settings.telegram_token}"

    def read(self, hook: Webhook) -> Received:
        check_equal(hook.headers.get(SECRET_HEADER, ""), self._secret)
        update = parse_object(hook.body)
        if "callback_query" in update:
            return self._pressed(child(update, "callback_query"))
        message = child(update, "message")  # not edited_message, and nothing of channels
        if not _is_private(message) or child(message, "from").get("is_bot") is not False:
            return Received()
        sender, number, text = self._sender(message), identifier(message, "message_id"), string(message, "text")
        photo = _photo(message)
        if photo is not None:
            words = string(message, "caption")
            return Received((self._message(sender, f"m{number}", text=words, photo=photo),))
        is_start = text is not None and text.split(maxsplit=1)[:1] == [START]
        return Received((self._message(sender, f"m{number}", text=text, is_start=is_start),))

    async def send(self, address: Address, bubble: Bubble) -> None:
        body: dict[str, Any] = {"chat_id": address["chat"], "text": as_html(bubble.spans), "parse_mode": "HTML"}
        body["link_preview_options"] = _preview(bubble.image)
        if bubble.choices:
            rows = [[{"text": choice.title, "callback_data": choice.token}] for choice in bubble.choices]
            body["reply_markup"] = {"inline_keyboard": rows}
        reply = await self._calls.post(f"{self._address}/sendMessage", body)
        _check(reply)

    async def fetch(self, photo: PhotoSource) -> bytes:
        reply = await self._calls.post(f"{self._address}/getFile", {"file_id": photo.id})
        if TOO_BIG in str(reply.data.get("description", "")):
            raise too_large(self._settings.photo_max_mb)
        _check(reply)
        path = string(child(reply.data, "result"), "file_path") or ""
        if not _FILE_PATH.fullmatch(path):
            raise NotDelivered("no usable file_path", is_permanent=True)
        base = self._settings.telegram_url
        url = f"{base}/file/bot{self._settings.telegram_token}/{path}"
        return await download(self._calls, url, base=base, megabytes=self._settings.photo_max_mb)

    def _pressed(self, query: dict[str, Any]) -> Received:
        message, number = child(query, "message"), identifier(query, "id")
        stop_waiting = json.dumps({"method": "answerCallbackQuery", "callback_query_id": number})
        token = string(query, "data")
        if not _is_private(message) or not token:
            return Received((), stop_waiting, "application/json")
        pressed = self._message(self._sender(message), f"c{number}", token=token)
        return Received((pressed,), stop_waiting, "application/json")

    def _sender(self, message: dict[str, Any]) -> str:
        """In a private chat the chat is the person."""
        return identifier(child(message, "chat"), "id")

    def _message(self, sender: str, message_id: str, **what: Any) -> ChannelMessage:
        return ChannelMessage(self.name, f"{self._account}\0{sender}", message_id, {"chat": sender}, **what)


def _is_private(message: dict[str, Any]) -> bool:
    return child(message, "chat").get("type") == "private"


def _photo(message: dict[str, Any]) -> PhotoSource | None:
    """The largest of a photo's sizes, or a picture that was sent as a file."""
    document = child(message, "document")
    is_picture = (string(document, "mime_type") or "").startswith("image/")
    found = [document] if is_picture else sorted(children(message, "photo"), key=_width)
    file_id = string(found[-1], "file_id") if found else None
    return PhotoSource(id=file_id) if file_id else None


def _width(size: dict[str, Any]) -> int:
    width = size.get("width")
    return width if isinstance(width, int) else 0


def _check(reply: Reply) -> None:
    if reply.data.get("ok") is True:
        return
    wish = child(reply.data, "parameters").get("retry_after")
    problem = reply.refused(str(reply.data.get("description", "")))
    problem.retry_after = float(wish) if isinstance(wish, int) else problem.retry_after
    raise problem


def _preview(image: str | None) -> dict[str, Any]:
    """A card's picture stands above its text as a preview: if it cannot be fetched, the text arrives all the same."""
    if image is None:
        return {"is_disabled": True}
    return {"url": image, "prefer_large_media": True, "show_above_text": True}
