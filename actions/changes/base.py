"""What a change of an order consists of: details to ask for, a read-back, and the deed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from actions.message import Message
from actions.services.case import Case
from actions.services.idempotency import IdempotencyKey
from actions.services.policy import Policy
from actions.services.views import OrderView
from actions.turn import Turn
from contract.wire import InvalidInput

Slots = Mapping[str, Any]


@dataclass(frozen=True)
class Proposal:
    """The order as it is, and either why it cannot be changed (a whole sentence) or what would be done.

    ``doing`` follows "This is what I would do:", ``question`` asks for a yes, ``no`` is the title of the button that
    says no.
    """

    order: OrderView
    why_not: str | None = None
    doing: str = ""
    question: str = "Shall I do that?"
    no: str = "No, leave it"


class Detail(ABC):
    """Something that must be known before a change can be read back. Its value is JSON, in the slot of its name."""

    slot: ClassVar[str]

    def default(self, turn: Turn, slots: Slots) -> Any | None:  # noqa: ARG002
        """The value where there is nothing to choose."""
        return None

    @abstractmethod
    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:
        """The value as ``message`` names it in passing; None where it names none."""

    @abstractmethod
    def ask(self, turn: Turn, slots: Slots) -> None:
        """Says the question, with buttons where there is something to choose from."""

    def take(self, turn: Turn, slots: Slots) -> Any:
        """The value as an answer to the question.

        Raises:
            InvalidInput: the message holds none that can be used.
        """
        value = self.find(turn, slots, turn.message)
        why_not = self.unclear(turn, slots) if value is None else self.refused(turn, slots, value)
        if why_not is not None:
            raise InvalidInput(why_not)
        return value

    def refused(self, turn: Turn, slots: Slots, value: Any) -> str | None:  # noqa: ARG002
        """A sentence where ``value`` cannot be used: it is not taken in passing, and explained as an answer."""
        return None

    def is_answer(self, turn: Turn, slots: Slots) -> bool:
        """Whether the message answers the question, whatever intent was predicted."""
        return self.find(turn, slots, turn.message) is not None

    def is_complete(self, turn: Turn, slots: Slots) -> bool:  # noqa: ARG002
        return slots.get(self.slot) is not None

    def unclear(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        """Said where ``take`` finds nothing."""
        return "I did not understand that. Please pick one of these."


class Change(ABC):
    """One kind of change. ``kind`` names its rule in the shop's policy."""

    kind: ClassVar[str]
    intents: ClassVar[frozenset[str]]
    called: ClassVar[str]
    """What the form does, as in "back to ..."."""
    left: ClassVar[str]
    """Said when the shopper leaves it."""
    kept: ClassVar[str]
    """Said after a no, with the order's number for ``{}``."""
    assent: ClassVar[str]
    """A yes in the words of the question, as on its button: "cancel it"."""
    sibling: ClassVar[str | None] = None
    """The kind that is meant where the order's state allows only that one."""
    details: ClassVar[tuple[Detail, ...]]

    @abstractmethod
    def propose(self, turn: Turn, case: Case, slots: Slots | None = None) -> Proposal:
        """Whether the order can be changed; with the details in ``slots``, what would be done.

        Raises:
            NotFound, NeedsVerification: as the services.
            InvalidInput, Conflict: a detail cannot be used.
        """

    @abstractmethod
    def make(self, turn: Turn, case: Case, slots: Slots, key: IdempotencyKey) -> str:
        """Does it, once per ``key``, and gives back the sentence that says so.

        Raises:
            NotFound, NeedsVerification, InvalidInput, Conflict: as the services.
        """

    def detail(self, slot: str) -> Detail | None:
        return next((detail for detail in self.details if detail.slot == slot), None)


def case_of(turn: Turn, session: Session, order_id: str) -> Case:
    """The order as the services see it that change it."""
    return Case(session, turn.viewer, order_id, policy_of(turn))


def policy_of(turn: Turn) -> Policy:
    policy: Policy = turn.runtime.policy
    return policy
