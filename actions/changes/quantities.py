"""More or fewer pieces of an item of an order that was not shipped."""

from __future__ import annotations

import re
from typing import Any

from actions.buttons import button
from actions.cards import item_text
from actions.changes.base import Change, Detail, Proposal, Slots, case_of, policy_of
from actions.changes.items import WhichItems, order_of
from actions.changes.methods import WhichMethod, difference_question, own_methods
from actions.message import Message
from actions.services import quantities
from actions.services.case import Case
from actions.services.idempotency import IdempotencyKey
from actions.services.money import Money
from actions.services.quantities import QuantityQuote
from actions.services.settling import MethodView
from actions.services.views import ItemView
from actions.turn import Turn
from contract.wire import Conflict, InvalidInput

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_N = rf"(-?\d{{1,3}}|{'|'.join(_WORDS)}|a|an)"
_MORE = re.compile(
    rf"\b(?:(?:another|an extra)(?: {_N})?|(?:add|throw in) {_N}"
    rf"|{_N} (?:(?:pieces?|pcs|of (?:it|them|those)) )?(?:more|extra|additional))\b",
    re.IGNORECASE,
)
_LESS = re.compile(
    rf"\b{_N} (?:(?:pieces?|pcs) )?(?:less|fewer)\b|\b(?:remove|drop|take (?:off|out|away)) {_N}\b", re.IGNORECASE
)
_TOTAL = re.compile(
    rf"\b(?:to|want|need|make (?:it|that|them)|only|just|it's|total of|have|get) {_N}\b"
    rf"|(?<!\w){_N} (?:of|pieces|instead)\b|^[^\w-]*{_N}(?: (?:please|pieces|pcs))?\W*$",
    re.IGNORECASE,
)


class HowMany(Detail):
    """The number of pieces that it shall be, from "3", "make it 3", "two more", "one less"."""

    slot = "quantity"

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:
        item = _item(turn, slots)
        if item is None:
            return None
        if message.is_button:
            chosen = message.first("choice") or ""
            return int(chosen) if chosen.isdigit() else None
        return pieces_in(message.text, item.quantity)

    def refused(self, turn: Turn, slots: Slots, value: Any) -> str | None:
        try:
            with turn.reading() as session:
                quantities.quote(case_of(turn, session, slots["order_id"]), slots["items"][0], int(value))
        except (Conflict, InvalidInput) as error:
            return error.message
        return None

    def ask(self, turn: Turn, slots: Slots) -> None:
        item = _item(turn, slots)
        assert item is not None, "asked for after the item"
        near = [number for number in (item.quantity - 1, item.quantity + 1, item.quantity + 2) if number > 0]
        turn.say(
            f"How many of **{item_text(item)}** shall it be?",
            buttons=[button(str(number), "inform", choice=str(number)) for number in near],
        )

    def unclear(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        return "I need a number, like 2."


class SettledSo(WhichMethod):
    """What pays the difference, or gets it back."""

    def choices(self, turn: Turn, slots: Slots) -> list[MethodView]:  # noqa: ARG002
        return own_methods(turn)

    def question(self, turn: Turn, slots: Slots) -> str:
        quote = _quote(turn, slots)
        assert quote.difference is not None
        return difference_question(turn, quote.difference)

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:
        return super().find(turn, slots, message) if slots.get("quantity") else None

    def refused(self, turn: Turn, slots: Slots, value: Any) -> str | None:
        try:
            _quote(turn, slots, value)
        except (Conflict, InvalidInput) as error:
            return error.message
        return None


class ChangingQuantity(Change):
    kind = quantities.KIND
    intents = frozenset({"change_order_items"})
    called = "the number of pieces"
    left = "Okay, I stopped. Your order stays as it is."
    kept = "Okay, I left order {} as it is."
    assent = "change it"
    details = (WhichItems("Of which item would you like more or fewer?"), HowMany(), SettledSo())

    def propose(self, turn: Turn, case: Case, slots: Slots | None = None) -> Proposal:
        if slots is None:
            quote = quantities.quote(case)
            return Proposal(quote.order, quote.why_not)
        quote = quantities.quote(case, slots["items"][0], int(slots["quantity"]), slots["method"])
        if quote.why_not is not None or quote.item is None or quote.difference is None:
            return Proposal(quote.order, quote.why_not)
        amount = turn.money(Money(abs(quote.difference.minor), quote.difference.currency))
        way = "more would be paid with" if quote.difference.minor > 0 else "would go back to"
        once = " The number can be changed only once." if policy_of(turn).quantity.once else ""
        doing = (
            f"make it **{quote.pieces} × {quote.item.name}** instead of {quote.item.quantity} in order "
            f"**{quote.order.order_id}**. **{amount}** {way} {quote.settled_with}.{once}"
        )
        return Proposal(quote.order, None, doing, "Shall I change it?", "No, leave it")

    def make(self, turn: Turn, case: Case, slots: Slots, key: IdempotencyKey) -> str:
        done = quantities.change(case, slots["items"][0], int(slots["quantity"]), slots["method"], key)
        amount = turn.money(Money(abs(done.difference.minor), done.difference.currency))
        more = f"The {amount} more are paid with" if done.difference.minor > 0 else f"{amount} goes back to"
        return (
            f"Done: order **{done.order_id}** has {done.pieces} × {done.name} now. {more} {done.settled_with}. "
            "A confirmation is on its way by mail."
        )


def pieces_in(text: str, now: int) -> int | None:
    """How many pieces a text wants where there are ``now``; None where it tells no number."""
    for pattern, sign in ((_MORE, 1), (_LESS, -1)):
        found = pattern.search(text)
        if found:
            count = next((group for group in found.groups() if group), "one")
            return now + sign * _number(count)
    found = _TOTAL.search(text)
    return _number(next(group for group in found.groups() if group)) if found else None


def _number(text: str) -> int:
    plain = text.lower()
    return 1 if plain in ("a", "an") else _WORDS.index(plain) if plain in _WORDS else int(plain)


def _item(turn: Turn, slots: Slots) -> ItemView | None:
    lines = slots.get("items") or []
    return next((item for item in order_of(turn, slots).items if item.line in lines[:1]), None)


def _quote(turn: Turn, slots: Slots, method_id: str | None = None) -> QuantityQuote:
    with turn.reading() as session:
        case = case_of(turn, session, slots["order_id"])
        return quantities.quote(case, slots["items"][0], int(slots["quantity"]), method_id)
