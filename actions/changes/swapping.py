"""Another variant of the same product: in an order that was not shipped, or as an exchange."""

from __future__ import annotations

from typing import Any

from actions.cards import item_text
from actions.changes.base import Change, Proposal, Slots, case_of, policy_of
from actions.changes.items import WhichItems
from actions.changes.methods import WhichMethod, difference_question, own_methods
from actions.changes.variants import WhichVariants
from actions.message import Message
from actions.services import swaps
from actions.services.case import Case
from actions.services.change_views import SwapQuote
from actions.services.idempotency import IdempotencyKey
from actions.services.money import Money
from actions.services.settling import MethodView
from actions.turn import Turn
from actions.wording import listed, options_text
from contract.wire import Conflict

NO_DIFFERENCE = "none"


class SettledWith(WhichMethod):
    """What pays the difference, or gets it back. ``none`` where there is no difference."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def default(self, turn: Turn, slots: Slots) -> Any | None:
        return super().default(turn, slots) if self._difference(turn, slots).minor else NO_DIFFERENCE

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:
        return super().find(turn, slots, message) if slots.get("variants") else None

    def refused(self, turn: Turn, slots: Slots, value: Any) -> str | None:
        try:
            with turn.reading() as session:
                case = case_of(turn, session, slots["order_id"])
                swaps.quote(case, self._kind, choice_of(slots), value)
        except Conflict as error:
            return error.message
        return None

    def choices(self, turn: Turn, slots: Slots) -> list[MethodView]:  # noqa: ARG002
        return own_methods(turn)

    def question(self, turn: Turn, slots: Slots) -> str:
        return difference_question(turn, self._difference(turn, slots))

    def _difference(self, turn: Turn, slots: Slots) -> Money:
        with turn.reading() as session:
            quote = swaps.quote(case_of(turn, session, slots["order_id"]), self._kind, choice_of(slots))
        if quote.difference is None:
            raise Conflict(quote.why_not or "Nothing was chosen yet.")
        return quote.difference


class Swapping(Change):
    """What the two have in common."""

    def propose(self, turn: Turn, case: Case, slots: Slots | None = None) -> Proposal:
        method = method_of(slots) if slots else None
        choice = choice_of(slots) if slots else None
        quote = swaps.quote(case, self.kind, choice, method)
        if quote.why_not is None and slots is None and not swaps.is_possible(case):
            return Proposal(quote.order, f"Nothing in order {quote.order.order_id} comes in another kind that we have.")
        if quote.why_not is not None or not quote.swaps:
            return Proposal(quote.order, quote.why_not)
        return self.read_back(turn, quote)

    def read_back(self, turn: Turn, quote: SwapQuote) -> Proposal:
        raise NotImplementedError

    def make(self, turn: Turn, case: Case, slots: Slots, key: IdempotencyKey) -> str:
        done = swaps.make(
            case,
            self.kind,
            choice_of(slots),
            method_of(slots),
            key,
        )
        return self.result(done.order_id, _settled(turn, done.difference, done.settled_with), done.email_masked)

    def result(self, order_id: str, settled: str, email: str) -> str:
        raise NotImplementedError


class SwappingItems(Swapping):
    kind = "items"
    intents = frozenset({"change_order_items"})
    called = "changing your order"
    left = "Okay, I stopped. Your order stays as it is."
    kept = "Okay, I left order {} as it is."
    assent = "change it"
    sibling = "exchange"
    details = (
        WhichItems("Which item would you like to change?", swappable=True),
        WhichVariants(),
        SettledWith("items"),
    )

    def read_back(self, turn: Turn, quote: SwapQuote) -> Proposal:
        once = " An order can be changed only once." if policy_of(turn).items.once else ""
        doing = f"change order **{quote.order.order_id}**: {_swaps(quote)}. {_difference(turn, quote)}{once}"
        return Proposal(quote.order, None, doing, "Shall I change it?", "No, leave it")

    def result(self, order_id: str, settled: str, email: str) -> str:  # noqa: ARG002
        return f"Done: order **{order_id}** is changed.{settled} A confirmation is on its way by mail."


class Exchanging(Swapping):
    kind = "exchange"
    intents = frozenset({"exchange_item"})
    called = "your exchange"
    left = "Okay, I stopped. Nothing is exchanged."
    kept = "Okay, no exchange: order {} stays as it is."
    assent = "exchange it"
    sibling = "items"
    details = (
        WhichItems("Which item would you like to exchange?", swappable=True),
        WhichVariants(),
        SettledWith("exchange"),
    )

    def read_back(self, turn: Turn, quote: SwapQuote) -> Proposal:
        doing = (
            f"exchange in order **{quote.order.order_id}**: {_swaps(quote)}. {_difference(turn, quote)} "
            "The new ones leave when the old ones are here, and sending those is free."
        )
        return Proposal(quote.order, None, doing, "Shall I set that up?", "No, keep it")

    def result(self, order_id: str, settled: str, email: str) -> str:
        return (
            f"Done: the exchange for order **{order_id}** is set up, and the new ones are set aside.{settled} "
            f"How to send the old ones comes by mail to {email}."
        )


def choice_of(slots: Slots) -> dict[int, str]:
    """The new variants by line, of the lines that are chosen."""
    chosen, lines = slots.get("variants") or {}, slots.get("items") or []
    return {line: chosen[str(line)] for line in lines if str(line) in chosen}


def method_of(slots: Slots) -> str | None:
    method = slots.get("method")
    return None if method in (None, NO_DIFFERENCE) else str(method)


def _swaps(quote: SwapQuote) -> str:
    swapped = ((item_text(swap.item), options_text(swap.variant.options)) for swap in quote.swaps)
    return listed([f"**{old}** becomes **{new}**" for old, new in swapped])


def _difference(turn: Turn, quote: SwapQuote) -> str:
    assert quote.difference is not None
    amount = turn.money(Money(abs(quote.difference.minor), quote.difference.currency))
    if quote.difference.minor > 0:
        return f"**{amount}** more would be paid with {quote.settled_with}."
    if quote.difference.minor < 0:
        return f"**{amount}** would go back to {quote.settled_with}."
    return "The price stays the same."


def _settled(turn: Turn, difference: Money, settled_with: str) -> str:
    amount = turn.money(Money(abs(difference.minor), difference.currency))
    if difference.minor > 0:
        return f" The {amount} more are paid with {settled_with}."
    if difference.minor < 0:
        return f" {amount} goes back to {settled_with}."
    return ""
