"""Another name."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.orm import Session

from actions.account.base import VALUE, AccountChange, Slots
from actions.changes.base import Detail
from actions.forms import reading
from actions.message import Message
from actions.services import accounts
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn
from contract.wire import InvalidInput

_WORD = r"[^\W\d_][^\W\d_'’.-]*(?:['’.-][^\W\d_]+)*\.?"
_NAMED = re.compile(
    rf"\b(?:name(?: is| to| as|:)?|it's|it is|i'm|i am|called|for)\s+({_WORD}(?:\s+{_WORD}){{1,3}})\s*[.!]?$",
    re.IGNORECASE,
)
_BARE = re.compile(rf"({_WORD}(?:\s+{_WORD}){{1,3}})\s*[.!]?")
_OPENING = re.compile(
    r"^\W*(?:it's|its|it is|i'm|i am|my|the|new|name|is|please|no|not|sorry|make it|change it|to)\b[\s,:]*",
    re.IGNORECASE,
)


class FullName(Detail):
    """``[first names, last name]``."""

    slot = VALUE

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:  # noqa: ARG002
        if message.is_button:
            return None
        named = message.first("person_name")
        if named:
            return _split(named) if _BARE.fullmatch(named) else None
        found = _NAMED.search(message.text.strip())
        return _split(found[1]) if found and _is_written_as_name(found[1]) else None

    def take(self, turn: Turn, slots: Slots) -> Any:
        value = self.find(turn, slots, turn.message) or _bare(turn.message)
        if value is None:
            raise InvalidInput("Please write the first and the last name, like “Mia Hansen”.")
        return value

    def is_answer(self, turn: Turn, slots: Slots) -> bool:
        if self.find(turn, slots, turn.message) is not None:
            return True
        is_clear = turn.message.confidence >= reading.SURE and turn.message.intent != "inform"
        return not is_clear and _bare(turn.message) is not None

    def ask(self, turn: Turn, slots: Slots) -> None:  # noqa: ARG002
        turn.say("What is the first and the last name?")


class Renaming(AccountChange):
    name = "name"
    title = "My name"
    called = "your name"
    assent = "change it"
    value = FullName()

    def read_back(self, turn: Turn, slots: Slots) -> str:
        with turn.reading() as session:
            now = accounts.account(session, turn.viewer)
        return (
            f"change the name of your account from {now.first_name} {now.last_name} to **{' '.join(slots['value'])}**. "
            "Shall I change it?"
        )

    def make(self, turn: Turn, session: Session, slots: Slots, key: IdempotencyKey) -> str:
        first, last = slots["value"]
        done = accounts.rename(session, turn.viewer, first, last, key)
        return f"Done: your account is in the name of **{done.first_name} {done.last_name}** now."


def _bare(message: Message) -> list[str] | None:
    text = message.text.strip()
    while (opening := _OPENING.match(text)) and opening.end():
        text = text[opening.end() :]
    found = None if message.is_button else _BARE.fullmatch(text)
    return _split(found[1]) if found else None


def _split(name: str) -> list[str]:
    *first, last = name.strip(" .").split()
    return [" ".join(first), last]


def _is_written_as_name(text: str) -> bool:
    """In a whole sentence only what is written like a name is one: "my name is written wrong" has none."""
    words = text.split()
    return words[0][0].isupper() and words[-1][0].isupper()
