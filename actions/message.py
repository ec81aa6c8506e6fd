"""The shopper's message as the actions see it: what was understood, and what was named in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contract.conversation import PARTS

BY_BUTTON = "button"


@dataclass(frozen=True)
class NamedThing:
    """An entity of the message. ``text`` is what the shopper wrote."""

    entity: str
    value: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Message:
    """``ranking`` holds (intent, confidence in [0, 1]), likeliest first, as predicted."""

    text: str
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    things: tuple[NamedThing, ...]
    is_button: bool

    def first(self, *entities: str) -> str | None:
        """The value of the first entity of one of these kinds."""
        return next((thing.value for thing in self.things if thing.entity in entities), None)

    def all(self, *entities: str) -> tuple[str, ...]:
        """The values of all entities of these kinds, in the order of the text, each once."""
        return tuple(dict.fromkeys(thing.value for thing in self.things if thing.entity in entities))

    def up_to(self, end: int, meant: Message) -> Message:
        """The message without what stands from character ``end`` on, understood as ``meant``."""
        things = tuple(thing for thing in self.things if thing.start < end)
        return replace(meant, text=self.text[:end].rstrip(), things=things)


@dataclass(frozen=True)
class Part:
    """One of several requests in a message inside a form, from character ``start`` on; ``parse_data`` is the bot's."""

    message: Message
    start: int
    parse_data: Mapping[str, Any]


def read_message(latest: Mapping[str, Any]) -> Message:
    """The message in Rasa's ``latest_message``; of one with several requests the first, which is its turn."""
    intent = latest.get("intent") or {}
    text = str(latest.get("text") or "")
    rows = [row for row in latest.get("entities") or [] if row.get("value") not in (None, "")]
    begin, end = (latest.get("shopclerk") or {}).get("place") or (0, len(text))
    return Message(
        text=text[begin:end],
        intent=str(intent.get("name") or ""),
        confidence=float(intent.get("confidence") or 0.0),
        ranking=tuple(
            (str(row.get("name")), float(row.get("confidence") or 0.0)) for row in latest.get("intent_ranking") or []
        ),
        things=tuple(_thing(row, text, begin) for row in rows),
        is_button=_is_button(latest, rows),
    )


def read_parts(latest: Mapping[str, Any]) -> tuple[Part, ...]:
    """The requests of a message with several that came while a form asked; else none."""
    own = latest.get("shopclerk") or {}
    rows = zip(own.get(PARTS) or (), own.get("requests") or (), strict=False)
    return tuple(Part(read_message(part), int(request["start"]), part) for part, request in rows)


def _thing(row: Mapping[str, Any], text: str, begin: int) -> NamedThing:
    start, end = int(row.get("start") or 0), int(row.get("end") or 0)
    return NamedThing(str(row.get("entity")), str(row["value"]).strip(), start - begin, end - begin, text[start:end])


def _is_button(latest: Mapping[str, Any], rows: list[Any]) -> bool:
    own = latest.get("shopclerk") or {}
    return own.get("understood_by") == BY_BUTTON or any(row.get("extractor") == BY_BUTTON for row in rows)
