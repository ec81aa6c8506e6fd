"""What a first message named, kept until the shopper is known and the form can use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.message import Message, NamedThing

Wish = dict[str, Any]


def keep(message: Message) -> Wish | None:
    """A message as the JSON of a slot; None for a button."""
    if message.is_button:
        return None
    return {"text": message.text, "things": [[thing.entity, thing.value] for thing in message.things]}


def added(before: Wish | None, now: Wish | None) -> Wish | None:
    """Both wishes as one."""
    if before is None or now is None:
        return before or now
    return {"text": f"{before['text']}. {now['text']}", "things": [*before["things"], *now["things"]]}


def recall(slots: Mapping[str, Any]) -> Message | None:
    """The kept wish as a message that was understood as nothing; None where there is none."""
    kept = slots.get("wish")
    if not kept:
        return None
    things = tuple(NamedThing(entity, value, 0, 0, value) for entity, value in kept["things"])
    return Message(kept["text"], "", 1.0, (), things, is_button=False)
