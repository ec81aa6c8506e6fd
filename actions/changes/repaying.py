"""Another way to pay for an order that was not shipped."""

from __future__ import annotations

from typing import Any

from actions.changes.base import Change, Proposal, Slots, case_of
from actions.changes.items import order_of
from actions.changes.methods import WhichMethod, own_methods
from actions.services import payments
from actions.services.case import Case
from actions.services.idempotency import IdempotencyKey
from actions.services.settling import MethodView
from actions.turn import Turn
from contract.wire import Conflict, InvalidInput


class PaidWith(WhichMethod):
    """Another way of payment than the one that pays now."""

    def choices(self, turn: Turn, slots: Slots) -> list[MethodView]:
        now = order_of(turn, slots).payment_method
        return [method for method in own_methods(turn) if method.name != now]

    def question(self, turn: Turn, slots: Slots) -> str:
        now = order_of(turn, slots).payment_method
        return f"It is paid with {now} now. How would you like to pay instead?"

    def refused(self, turn: Turn, slots: Slots, value: Any) -> str | None:
        try:
            with turn.reading() as session:
                payments.quote(case_of(turn, session, slots["order_id"]), value)
        except (Conflict, InvalidInput) as error:
            return error.message
        return None


class Repaying(Change):
    kind = "payment"
    intents = frozenset({"change_payment_method"})
    called = "changing how you pay"
    left = "Okay, I stopped. Your order is paid as it was."
    kept = "Okay, order {} is paid as it was."
    assent = "change it"
    details = (PaidWith(),)

    def propose(self, turn: Turn, case: Case, slots: Slots | None = None) -> Proposal:
        method = slots["method"] if slots else None
        quote = payments.quote(case, method)
        if quote.why_not is None and all(item.name == quote.old for item in own_methods(turn)):
            return Proposal(
                quote.order,
                f"Order {quote.order.order_id} is paid with {quote.old}, and there is no other way of payment in your "
                "account. Please add one there, or cancel the order and order again.",
            )
        if quote.why_not is not None or method is None or slots is None:
            return Proposal(quote.order, quote.why_not)
        new = next(item for item in own_methods(turn) if item.method_id == method)
        doing = (
            f"pay order **{quote.order.order_id}** (**{turn.money(quote.order.total)}**) with **{new.name}**; what was "
            f"paid with {quote.old} goes back there."
        )
        return Proposal(quote.order, None, doing, "Shall I change it?", "No, leave it")

    def make(self, turn: Turn, case: Case, slots: Slots, key: IdempotencyKey) -> str:
        done = payments.change(case, slots["method"], key)
        return (
            f"Done: order **{done.order_id}** ({turn.money(done.amount)}) is paid with {done.new}. What was paid with "
            f"{done.old} goes back there, {done.arrives}."
        )
