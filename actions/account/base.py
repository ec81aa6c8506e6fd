"""What a change of an account consists of: perhaps a value to ask for, a read-back, and the deed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from actions.buttons import button
from actions.changes.base import Detail
from actions.forms import reading
from actions.message import Message
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn

Slots = Mapping[str, Any]
VALUE = "value"


class Choice(Detail):
    """One of a few values, each with a button."""

    slot = VALUE
    question: ClassVar[str]
    titles: ClassVar[Mapping[str, str]]
    """The button's title by the value."""
    meant: ClassVar[tuple[str, ...]]
    """Intents of which the message may be when it answers: another clear wish does not."""

    @abstractmethod
    def named_in(self, text: str) -> str | None:
        """The value that typed words name."""

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:  # noqa: ARG002
        if not message.is_button:
            return self.named_in(message.text)
        chosen = message.first("choice")
        return chosen if chosen in self.titles else None

    def is_answer(self, turn: Turn, slots: Slots) -> bool:
        message = turn.message
        is_meant = message.is_button or message.confidence < reading.SURE or message.intent in self.meant
        return is_meant and super().is_answer(turn, slots)

    def ask(self, turn: Turn, slots: Slots) -> None:  # noqa: ARG002
        turn.say(self.question, buttons=[button(title, "inform", choice=value) for value, title in self.titles.items()])


class AccountChange(ABC):
    """``name`` is its value in the slot ``account`` and in the payload of its buttons."""

    name: ClassVar[str]
    intent: ClassVar[str | None] = None
    """The intent that asks for it; None where the words must tell."""
    title: ClassVar[str]
    """On a button."""
    called: ClassVar[str]
    """What the form does, as in "back to ..."."""
    assent: ClassVar[str]
    """A yes in the words of the question, as on its button."""
    kept: ClassVar[str] = "Okay, everything stays as it is."
    """Said after a no."""
    value: ClassVar[Detail | None] = None
    for_strangers: ClassVar[bool] = False
    """Whether it is for shoppers who are not verified."""
    needs_yes: ClassVar[bool] = True
    """Without it nothing is read back, and the shopper need not be known: only a mail goes out."""
    proves_contact: ClassVar[bool] = False
    """Whether the address that is asked for first shall become an account's, so that a code proves it."""
    proves_value: ClassVar[bool] = False
    """Whether a code must prove that the value, an e-mail address, is the shopper's."""

    def is_offered(self, turn: Turn) -> bool:  # noqa: ARG002
        """Whether this shop has it."""
        return True

    def why_not(self, turn: Turn) -> str | None:  # noqa: ARG002
        """A whole sentence where the account cannot be changed so."""
        return None

    @abstractmethod
    def read_back(self, turn: Turn, slots: Slots) -> str:
        """What would be done, as it follows "This is what I would do:", with the question."""

    @abstractmethod
    def make(self, turn: Turn, session: Session, slots: Slots, key: IdempotencyKey) -> str:
        """Does it, once per ``key``, and gives back the sentence that says so. Raises as the services."""
