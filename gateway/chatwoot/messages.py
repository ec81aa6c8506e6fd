"""What we say in Chatwoot, and how it is known again there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from contract.conversation import PHOTO_TEXT
from gateway.store.items import StoredItem

EARLIER = "Photo that the shopper sent before:"
GONE = "(A photo was here. It is not kept any more.)"
REFUSED = "(A photo is here that Chatwoot did not take. The admin UI shows it, under Live handoffs.)"
LOST_FILES = "Not every attachment reached the shopper. Please describe it or send a link."
_KINDS = {0: "incoming", 1: "outgoing"}  # how Chatwoot numbers them when it is asked


@dataclass(frozen=True)
class Message:
    """Words of the shopper, or a private note for agents. ``name``: ours, which newer versions of Chatwoot keep.
    ``photo``: the id of one that goes with it; then the text may be empty."""

    text: str
    name: str
    is_note: bool = False
    photo: str | None = None

    @property
    def kind(self) -> str:
        return "outgoing" if self.is_note else "incoming"

    def is_like(self, row: dict[str, Any]) -> bool:
        """Whether a message of Chatwoot is this one."""
        if row.get("source_id"):
            return bool(row["source_id"] == self.name)
        kind = _KINDS.get(row.get("message_type", ""), row.get("message_type"))
        there = (row.get("content") or "", kind, bool(row.get("private")), bool(row.get("attachments")))
        return there == (self.text, self.kind, self.is_note, self.photo is not None)

    def without_photo(self, line: str) -> Message:
        """The same with a line in place of its photo."""
        return replace(self, text=f"{self.text}\n{line}".strip(), photo=None)


def of_shopper(item: StoredItem) -> Message:
    """What the shopper wrote for the person."""
    return Message(words(item), item.id, photo=item.body.get("photo"))


def earlier_photo(item: StoredItem, *, handoff_id: int) -> Message:
    """A note with a photo that the bot got."""
    name = f"photo-{handoff_id}-{item.seq}"
    return Message(f"{EARLIER} {words(item)}".strip(), name, is_note=True, photo=item.body.get("photo"))


def lost_files(number: int) -> Message:
    """A note about an agent's message, by Chatwoot's number of it."""
    return Message(LOST_FILES, f"files-{number}", is_note=True)


def words(item: StoredItem) -> str:
    """The text of an item, but not the one that stands for a photo without words."""
    return "" if item.body.get("photo") and item.text == PHOTO_TEXT else item.text or ""
