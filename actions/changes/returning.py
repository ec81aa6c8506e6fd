"""Sending items back for their money."""

from __future__ import annotations

from actions.cards import item_text
from actions.changes.base import Change, Proposal, Slots, policy_of
from actions.changes.items import WhichItems, order_of
from actions.changes.methods import WhichMethod, own_methods
from actions.changes.reasons import Why
from actions.services import returns
from actions.services.case import Case
from actions.services.idempotency import IdempotencyKey
from actions.services.settling import MethodView
from actions.turn import Turn
from actions.wording import listed


class RefundTarget(WhichMethod):
    """How it was paid, or a gift card of the customer, as far as the policy allows."""

    def choices(self, turn: Turn, slots: Slots) -> list[MethodView]:
        allowed, paid_with = policy_of(turn).returns.refund_to, order_of(turn, slots).payment_method
        found = [MethodView(returns.ORIGINAL, returns.ORIGINAL, paid_with)] if "original" in allowed else []
        if "gift_card" in allowed:
            found += [method for method in own_methods(turn) if method.kind == "gift_card"]
        if found and found[0].method_id == returns.ORIGINAL and paid_with == "gift card":
            return found[:1]
        return found or [MethodView(returns.ORIGINAL, returns.ORIGINAL, paid_with)]

    def question(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        return "Where shall the money go?"


class Returning(Change):
    kind = "returns"
    intents = frozenset({"return_item"})
    called = "your return"
    left = "Okay, I stopped. Nothing is sent back."
    kept = "Okay, no return: order {} stays as it is."
    assent = "send it back"
    details = (
        WhichItems("Which item would you like to send back?"),
        Why("returns", "May I ask why you send it back?"),
        RefundTarget(),
    )

    def propose(self, turn: Turn, case: Case, slots: Slots | None = None) -> Proposal:
        lines, target = (slots["items"], slots["method"]) if slots else ((), returns.ORIGINAL)
        quote = returns.quote(case, lines, target)
        if quote.why_not is not None or quote.refund is None:
            return Proposal(quote.order, quote.why_not)
        items = listed([item_text(item) for item in quote.items])
        doing = (
            f"send back **{items}** of order {quote.order.order_id}. **{turn.money(quote.refund)}** would go to "
            f"{quote.refund_to} when the parcel is here. Sending it is free."
        )
        return Proposal(quote.order, None, doing, "Shall I set that up?", "No, keep it")

    def make(self, turn: Turn, case: Case, slots: Slots, key: IdempotencyKey) -> str:
        done = returns.request(
            case,
            slots["items"],
            slots["method"],
            slots.get("reason") or "no reason given",
            key,
        )
        return (
            f"Done: your return of order **{done.order_id}** is set up. {turn.money(done.refund)} goes to "
            f"{done.refund_to}, {done.within}, as soon as the parcel is here. How to send it comes by mail to "
            f"{done.email_masked}."
        )
