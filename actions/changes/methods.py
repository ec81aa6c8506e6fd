"""Which way of payment: what pays, or where money goes."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any

from actions.buttons import button
from actions.changes.base import Detail, Slots
from actions.message import Message
from actions.services import settling
from actions.services.money import Money
from actions.services.returns import ORIGINAL
from actions.services.settling import MethodView
from actions.turn import Turn

_WORDS = {
    "gift_card": re.compile(r"\b(gift ?card|voucher|store credit)s?\b", re.IGNORECASE),
    "paypal": re.compile(r"\bpay ?pal\b", re.IGNORECASE),
    "credit_card": re.compile(
        r"\b(credit|debit|bank)? ?card\b|\bvisa\b|\bmaster ?card\b|\bamex\b|\bamerican express\b", re.IGNORECASE
    ),
}
_AS_BEFORE = re.compile(r"\b(original|same (way|method|card|account)|how i paid|where it came from)\b", re.IGNORECASE)
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")


def difference_question(turn: Turn, difference: Money) -> str:
    """Asks how a change is settled that makes an order dearer or cheaper by ``difference``."""
    amount = turn.money(Money(abs(difference.minor), difference.currency))
    if difference.minor > 0:
        return f"That costs **{amount} more**. How would you like to pay the difference?"
    return f"That costs **{amount} less**. Where shall the difference go?"


class WhichMethod(Detail):
    """The ``method_id`` of one of the customer's ways of payment."""

    slot = "method"

    @abstractmethod
    def choices(self, turn: Turn, slots: Slots) -> list[MethodView]:
        """Those that may be chosen."""

    @abstractmethod
    def question(self, turn: Turn, slots: Slots) -> str:
        """What is asked."""

    def default(self, turn: Turn, slots: Slots) -> Any | None:
        choices = self.choices(turn, slots)
        only = choices[0].method_id if len(choices) == 1 else None
        return only if only is not None and self.refused(turn, slots, only) is None else None

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:
        choices = self.choices(turn, slots)
        if message.is_button:
            chosen = message.first("choice")
            return next((method.method_id for method in choices if method.method_id == chosen), None)
        found = [method for method in choices if _names(message.text, method)]
        exact = [method for method in found if _digits(message.text) & _digits(method.name)]
        kept = exact or found
        return kept[0].method_id if len(kept) == 1 else None

    def ask(self, turn: Turn, slots: Slots) -> None:
        offered = [
            button(self._title(turn, method), "inform", choice=method.method_id) for method in self.choices(turn, slots)
        ]
        turn.say(self.question(turn, slots), buttons=offered)

    def unclear(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        return "I can't tell which way of payment that is. Please pick one of these."

    def _title(self, turn: Turn, method: MethodView) -> str:
        name = method.name[:1].upper() + method.name[1:]
        return f"{name} ({turn.money(method.balance)})" if method.balance is not None else name


def own_methods(turn: Turn) -> list[MethodView]:
    """All ways of payment of the customer."""
    with turn.reading() as session:
        return settling.methods(session, turn.viewer)


def _names(text: str, method: MethodView) -> bool:
    if method.kind == ORIGINAL and _AS_BEFORE.search(text):
        return True
    kind = _kind_of(method)
    if kind != "credit_card":
        return bool(_WORDS[kind].search(text))
    # "gift card" is no card, and a brand that is named must be this one's.
    rest = _WORDS["gift_card"].sub(" ", text)
    brands = {brand for brand in ("visa", "mastercard", "american express") if brand in rest.lower()}
    of_brand = not brands or any(brand in method.name.lower() for brand in brands)
    return (bool(_WORDS[kind].search(rest)) and of_brand) or bool(_digits(text) & _digits(method.name))


def _kind_of(method: MethodView) -> str:
    """The kind, which the name tells of what is only known as the original one."""
    return next((kind for kind in ("gift_card", "paypal") if _WORDS[kind].search(method.name)), "credit_card")


def _digits(text: str) -> set[str]:
    return set(_FOUR_DIGITS.findall(text))
