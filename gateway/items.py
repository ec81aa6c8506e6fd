"""Bot replies into stored items, and stored items into the JSON that clients see."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from contract.conversation import PHOTO_TEXT, Button, Card, Reply, Source
from contract.links import is_web_address
from contract.wire import to_json
from gateway.offers import Offers
from gateway.store.items import NewItem, StoredItem
from gateway.store.offers import Offer
from gateway.text import scrub

MAX_REPLIES = 10
MAX_TEXT = 4000
MAX_CARDS = 12
MAX_BUTTONS = 12
MAX_ITEM_BYTES = 16 * 1024


def from_replies(
    replies: tuple[Reply, ...], *, offers: Offers, conversation_id: str, message_id: str | None, now: float
) -> tuple[list[NewItem], list[Offer]]:
    """Items to store for what the bot said, bounded in number and size, and the offers they make."""
    made: list[Offer] = []

    def keep(button: Button) -> dict[str, str]:
        kept, offer = offers.make(button, conversation_id=conversation_id, now=now)
        made.append(offer)
        return kept

    new = []
    for reply in replies[:MAX_REPLIES]:
        body = {
            "buttons": [keep(button) for button in reply.buttons[:MAX_BUTTONS]],
            "cards": _fitting([_card(card, keep) for card in reply.cards[:MAX_CARDS]]),
            "source": _source(reply.source),
        }
        text = scrub(reply.text or "").strip()[:MAX_TEXT] or None
        if text or body["buttons"] or body["cards"]:
            new.append(NewItem("bot", text, body, message_id))
    return new, made


def render(item: StoredItem, offers: Offers) -> dict[str, Any]:
    """An ``Item`` as the API gives it."""
    body = item.body
    photo = body.get("photo")
    return {
        "seq": item.seq,
        "id": item.id,
        "author": item.author,
        "at": iso(item.at),
        "text": None if photo and item.text == PHOTO_TEXT else item.text,
        "image_url": f"/v1/photos/{photo}" if photo else None,
        "buttons": [offers.show(button) for button in body.get("buttons", [])],
        "cards": [
            {"url": None, **card, "buttons": [offers.show(button) for button in card["buttons"]]}
            for card in body.get("cards", [])
        ],
        "source": body.get("source"),
        "message_id": item.message_id,
        "agent_name": body.get("operator"),
        "feedback": item.feedback,
    }


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _card(card: Card, keep: Any) -> dict[str, Any]:
    kept: dict[str, Any] = _scrubbed(to_json(card))
    kept["image_url"] = _safe_url(card.image_url)
    kept["url"] = scrub(card.url) if card.url and is_web_address(card.url) else None
    kept["buttons"] = [keep(button) for button in card.buttons[:MAX_BUTTONS]]
    return kept


def _source(source: Source | None) -> dict[str, Any] | None:
    return None if source is None else {"title": scrub(source.title), "url": _safe_url(source.url)}


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    return {key: _scrubbed(item) for key, item in value.items()} if isinstance(value, dict) else value


def _safe_url(url: str | None) -> str | None:
    """Web addresses and paths of our own; never ``javascript:`` and the like."""
    if url and (url.startswith(("https://", "http://")) or (url.startswith("/") and not url.startswith(("//", "/\\")))):
        return scrub(url)
    return None


def _fitting(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    while cards and len(json.dumps(cards)) > MAX_ITEM_BYTES:
        cards = cards[:-1]
    return cards
