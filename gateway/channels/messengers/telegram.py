"""Telegram's Bot API: updates with a secret header in, ``sendMessage`` out."""

from __future__ import annotations

import json
import math
from typing import Any

from contract.settings import Settings
from gateway.channels.messengers.calls import Calls
from gateway.channels.messengers.messages import (
    Bubble,
    ChannelMessage,
    Form,
    Look,
    NoHandshake,
    Received,
    Webhook,
    child,
    identifier,
    string,
)
from gateway.channels.messengers.rich import as_html
from gateway.channels.messengers.signatures import check_equal
from gateway.http_input import parse_object
from gateway.store.deliveries import Address

NEEDED = ("telegram_token", "telegram_webhook_secret")
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 a header's name
START = "/start"
TEXT = 4096


class Telegram(NoHandshake):
    name = "telegram"
    writes_within_s = math.inf
    look = Look(text=TEXT, markup=as_html, forms=(Form("keyboard", buttons=100, title=64, text=TEXT),), caption=TEXT)

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self._secret, self._calls = settings.telegram_webhook_secret, calls
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
        is_start = text is not None and text.split(maxsplit=1)[:1] == [START]
        return Received((self._message(sender, f"m{number}", text=text, is_start=is_start),))

    async def send(self, address: Address, bubble: Bubble) -> None:
        body: dict[str, Any] = {"chat_id": address["chat"], "text": as_html(bubble.spans), "parse_mode": "HTML"}
        body["link_preview_options"] = _preview(bubble.image)
        if bubble.choices:
            rows = [[{"text": choice.title, "callback_data": choice.token}] for choice in bubble.choices]
            body["reply_markup"] = {"inline_keyboard": rows}
        reply = await self._calls.post(f"{self._address}/sendMessage", body)
        if reply.data.get("ok") is not True:
            wish = child(reply.data, "parameters").get("retry_after")
            problem = reply.refused(str(reply.data.get("description", "")))
            problem.retry_after = float(wish) if isinstance(wish, int) else problem.retry_after
            raise problem

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


def _preview(image: str | None) -> dict[str, Any]:
    """A card's picture stands above its text as a preview: if it cannot be fetched, the text arrives all the same."""
    if image is None:
        return {"is_disabled": True}
    return {"url": image, "prefer_large_media": True, "show_above_text": True}
