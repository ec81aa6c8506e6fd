"""WhatsApp's Cloud API: messages of one business number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from contract.settings import Settings
from gateway import logs
from gateway.channels.messengers import meta
from gateway.channels.messengers.calls import Calls
from gateway.channels.messengers.downloads import download
from gateway.channels.messengers.messages import (
    SEE_IN_SHOP,
    Bubble,
    CardLink,
    ChannelMessage,
    Form,
    Look,
    PhotoSource,
    Received,
    Webhook,
    child,
    children,
    identifier,
    string,
)
from gateway.channels.messengers.rich import whatsapp as markup
from gateway.store.deliveries import Address

NEEDED = ("whatsapp_token", "whatsapp_phone_number_id", "whatsapp_app_secret", "whatsapp_verify_token")
OPEN_LIST = "Choose"
TEXT, CAPTION = 4096, 1024
FILE_HOSTS = ("lookaside.fbsbx.com",)
_NO_MESSAGES = ("reaction", "system", "edit", "revoke", "ephemeral")  # nothing that wants an answer

log = logs.get()


class WhatsApp:
    name = "whatsapp"
    writes_within_s = 24 * 3600.0
    look = Look(
        text=TEXT,
        markup=markup,
        forms=(
            Form("buttons", buttons=3, title=20, text=CAPTION),
            Form("list", buttons=10, title=24, text=CAPTION, takes_image=False),
        ),
        caption=CAPTION,
        link=CardLink.BUTTON,
        link_text=CAPTION,
    )

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self._settings, self._calls = settings, calls
        self._number = settings.whatsapp_phone_number_id
        self._address = f"{settings.meta_url}/{self._number}/messages"

    def handshake(self, hook: Webhook, /) -> Received:
        return meta.handshake(hook, verify_token=self._settings.whatsapp_verify_token)

    def read(self, hook: Webhook) -> Received:
        data = meta.proved(hook, app_secret=self._settings.whatsapp_app_secret)
        found: list[ChannelMessage] = []
        for value in self._values(data):
            for status in children(value, "statuses"):
                _note_failure(status)
            messages = children(value, "messages")
            found += [
                self._message(one) for one in messages if one.get("type") not in _NO_MESSAGES and _is_private(one)
            ]
        return Received(tuple(found))

    async def send(self, address: Address, bubble: Bubble) -> None:
        body = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": address["to"]}
        await meta.post(self._calls, self._address, {**body, **_content(bubble)}, token=self._settings.whatsapp_token)

    async def fetch(self, photo: PhotoSource) -> bytes:
        base, token = self._settings.meta_url, self._settings.whatsapp_token
        asked = f"{base}/{quote(photo.id, safe='')}?phone_number_id={quote(self._number, safe='')}"
        url = string(await meta.get(self._calls, asked, token=token), "url") or ""
        limit = self._settings.photo_max_mb
        return await download(
            self._calls, url, base=base, hosts=FILE_HOSTS, headers=meta.bearer(token), megabytes=limit
        )

    def _values(self, data: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What happened to our number; an account may have others."""
        for entry in children(data, "entry"):
            for change in children(entry, "changes"):
                value = child(change, "value")
                if child(value, "metadata").get("phone_number_id") == self._number:
                    yield value

    def _message(self, message: dict[str, Any]) -> ChannelMessage:
        sender, kind = identifier(message, "from"), message.get("type")
        text = string(child(message, "text"), "body") if kind == "text" else None
        if kind == "button":  # of a template that the shop sent
            text = string(child(message, "button"), "text")
        file, photo = child(message, str(kind)), None
        if kind in ("image", "document") and (string(file, "mime_type") or "").startswith("image/"):
            text, photo = string(file, "caption"), PhotoSource(id=identifier(file, "id"))
        pressed = child(message, "interactive")
        reply = child(pressed, "button_reply") or child(pressed, "list_reply")
        return ChannelMessage(
            self.name,
            f"{self._number}\0{sender}",
            identifier(message, "id"),
            {"to": sender},
            text=text,
            token=string(reply, "id") or None,
            photo=photo,
        )


def _is_private(message: dict[str, Any]) -> bool:
    return "group_id" not in message


def _note_failure(status: dict[str, Any]) -> None:
    """WhatsApp takes a message first and may find out later that it cannot be delivered."""
    if status.get("status") == "failed":
        codes = [error.get("code") for error in children(status, "errors")]
        log.error("message_failed", channel=WhatsApp.name, codes=codes)


def _content(bubble: Bubble) -> dict[str, Any]:
    text = markup(bubble.spans)
    if bubble.choices or bubble.url is not None:
        return {"type": "interactive", "interactive": _interactive(bubble, text)}
    if bubble.image is not None:
        return {"type": "image", "image": {"link": bubble.image, **({"caption": text} if text else {})}}
    return {"type": "text", "text": {"body": text, "preview_url": False}}


def _interactive(bubble: Bubble, text: str) -> dict[str, Any]:
    body, head = {"text": text}, {"header": {"type": "image", "image": {"link": bubble.image}}} if bubble.image else {}
    if bubble.form == "list":
        rows = [{"id": choice.token, "title": choice.title} for choice in bubble.choices]
        return {"type": "list", "body": body, "action": {"button": OPEN_LIST, "sections": [{"rows": rows}]}}
    if bubble.url is not None:
        page = {"display_text": SEE_IN_SHOP, "url": bubble.url}
        return {"type": "cta_url", **head, "body": body, "action": {"name": "cta_url", "parameters": page}}
    replies = [{"type": "reply", "reply": {"id": choice.token, "title": choice.title}} for choice in bubble.choices]
    return {"type": "button", **head, "body": body, "action": {"buttons": replies}}
