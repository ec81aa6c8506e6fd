"""A shopper's browser without a browser: the gateway's public API, with cookie and CSRF token."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Shopper:
    address: str
    client: httpx.Client = field(init=False)
    items: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.address, timeout=20)
        session = self.client.post("/v1/session", json={}).raise_for_status().json()
        self.client.headers["X-CSRF-Token"] = session["csrf_token"]
        self.items = session["items"]

    def say(self, text: str, photo: bytes | None = None) -> str:
        """Send a message, perhaps with a photo, and return what the bot answered, its bubbles joined by newlines.

        Raises:
            HTTPStatusError: the photo is refused.
        """
        return self._send({"text": text} if photo is None else {"text": text, "photo_id": self._uploaded(photo)})

    def press(self, title: str) -> str:
        """Press the newest button of that title."""
        for item in reversed(self.items):
            for button in [*item["buttons"], *(b for card in item["cards"] for b in card["buttons"])]:
                if button["title"] == title:
                    return self._send({"token": button["token"]})
        raise AssertionError(f"No button {title!r}; there are {self.buttons()}")

    def buttons(self) -> list[str]:
        return [button["title"] for item in self.items for button in item["buttons"]]

    def _uploaded(self, photo: bytes) -> str:
        answer = self.client.post("/v1/photos", content=photo, headers={"Content-Type": "image/jpeg"})
        return str(answer.raise_for_status().json()["photo_id"])

    def _send(self, message: dict[str, Any]) -> str:
        body = {"message_id": str(uuid.uuid4()), **message}
        answer = self.client.post("/v1/messages", params={"wait": 1}, json=body).raise_for_status().json()
        self.items = [item for item in answer["items"] if item["author"] != "shopper"]
        return "\n".join(filter(None, (said(item) for item in self.items)))


def said(item: dict[str, Any]) -> str:
    """An item as one reads it: its text, and its cards with their fields."""
    lines = [item.get("text") or ""]
    for card in item.get("cards", []):
        lines += [card["title"], card.get("subtitle") or "", card.get("badge") or ""]
        lines += [f"{row['label']}: {row['value']}" for row in card["fields"]]
    return "\n".join(line for line in lines if line)
