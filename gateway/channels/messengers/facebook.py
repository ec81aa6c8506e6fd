"""Facebook's Messenger Platform: messages to a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from contract.settings import Settings
from gateway.channels.messengers import meta
from gateway.channels.messengers.calls import Calls
from gateway.channels.messengers.downloads import download
from gateway.channels.messengers.messages import (
    SEE_IN_SHOP,
    Bubble,
    CardLink,
    Carousel,
    ChannelMessage,
    Choice,
    Form,
    Look,
    PhotoSource,
    Received,
    ShownCard,
    Webhook,
    child,
    children,
    identifier,
    string,
)
from gateway.channels.messengers.rich import plain
from gateway.store.deliveries import Address

NEEDED = ("messenger_token", "messenger_app_secret", "messenger_verify_token")
GET_STARTED = "GET_STARTED"
TEXT, TEMPLATE_TEXT = 2000, 640
FILE_HOSTS = ("fbcdn.net", "fbsbx.com")


class Facebook:
    name = "messenger"
    writes_within_s = 24 * 3600.0
    look = Look(
        text=TEXT,
        markup=plain,
        forms=(
            Form("template", buttons=3, title=20, text=TEMPLATE_TEXT, takes_image=False),
            Form("quick_replies", buttons=13, title=20, text=TEXT, takes_image=False),
        ),
        caption=0,
        carousel=Carousel(cards=10, title=80, details=80, buttons=3, button_title=20),
        link=CardLink.BUTTON,
        link_text=TEMPLATE_TEXT,
    )

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self._settings, self._calls = settings, calls
        self._address = f"{settings.meta_url}/me/messages"

    def handshake(self, hook: Webhook, /) -> Received:
        return meta.handshake(hook, verify_token=self._settings.messenger_verify_token)

    def read(self, hook: Webhook) -> Received:
        data = meta.proved(hook, app_secret=self._settings.messenger_app_secret)
        if data.get("object") != "page":
            return Received()
        events = [event for entry in children(data, "entry") for event in children(entry, "messaging")]
        return Received(tuple(message for event in events for message in self._messages(event)))

    async def send(self, address: Address, bubble: Bubble) -> None:
        body = {"recipient": {"id": address["to"]}, "messaging_type": "RESPONSE", "message": _content(bubble)}
        await meta.post(self._calls, self._address, body, token=self._settings.messenger_token)

    async def fetch(self, photo: PhotoSource) -> bytes:
        base, limit = self._settings.meta_url, self._settings.photo_max_mb
        return await download(self._calls, photo.url, base=base, hosts=FILE_HOSTS, megabytes=limit)

    def _messages(self, event: dict[str, Any]) -> Iterator[ChannelMessage]:
        """None of an event that is an echo of ours, a reaction, an edit or a receipt."""
        message, postback = child(event, "message"), child(event, "postback")
        if message.get("is_echo") or not (message or postback):
            return
        sender, page = identifier(child(event, "sender"), "id"), identifier(child(event, "recipient"), "id")
        pressed = string(postback or child(message, "quick_reply"), "payload")
        message_id = identifier(message or postback, "mid") if message or "mid" in postback else _moment(event)
        is_start = pressed == GET_STARTED
        told = ChannelMessage(
            self.name,
            f"{page}\0{sender}",
            message_id,
            {"to": sender},
            text=string(message, "text"),
            token=None if is_start else pressed,
            is_start=is_start,
        )
        yield from told.with_photos(_photos(message))


def _photos(message: dict[str, Any]) -> list[PhotoSource]:
    """The pictures that are no stickers, such as the thumb of Messenger's own button."""
    payloads = [child(one, "payload") for one in children(message, "attachments") if one.get("type") == "image"]
    urls = [string(payload, "url") for payload in payloads if "sticker_id" not in payload]
    return [PhotoSource(url=url) for url in urls if url]


def _moment(event: dict[str, Any]) -> str:
    """What tells one press from another where there is no id."""
    return f"postback-{identifier(event, 'timestamp')}"


def _content(bubble: Bubble) -> dict[str, Any]:
    text = plain(bubble.spans)
    if bubble.cards:
        return _template("generic", elements=[_element(card) for card in bubble.cards])
    if bubble.image is not None:
        return {"attachment": {"type": "image", "payload": {"url": bubble.image}}}
    if bubble.url is not None:
        return _template("button", text=text, buttons=[{"type": "web_url", "title": SEE_IN_SHOP, "url": bubble.url}])
    if bubble.form == "template":
        return _template("button", text=text, buttons=_postbacks(bubble.choices))
    replies = [{"content_type": "text", "title": one.title, "payload": one.token} for one in bubble.choices]
    return {"text": text, **({"quick_replies": replies} if replies else {})}


def _template(kind: str, **content: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": {"template_type": kind, **content}}}


def _element(card: ShownCard) -> dict[str, Any]:
    element = {"title": card.title, "subtitle": card.details, "image_url": card.image}
    return {
        **{name: value for name, value in element.items() if value},
        **({"buttons": _postbacks(card.choices)} if card.choices else {}),
        **({"default_action": {"type": "web_url", "url": card.url}} if card.url else {}),
    }


def _postbacks(choices: Sequence[Choice]) -> list[dict[str, str]]:
    return [{"type": "postback", "title": choice.title, "payload": choice.token} for choice in choices]
