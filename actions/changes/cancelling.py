"""Cancelling a whole order."""

from __future__ import annotations

from actions.cards import item_text
from actions.changes.base import Change, Proposal, Slots
from actions.changes.reasons import Why
from actions.services import cancellation
from actions.services.case import Case
from actions.services.change_views import Cancelled, CancelQuote
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn
from actions.wording import listed


class Cancelling(Change):
    kind = "cancel"
    intents = frozenset({"cancel_order"})
    called = "cancelling your order"
    left = "Okay, I stopped. Your order stays as it is."
    kept = "Okay, I left order {} as it is."
    assent = "cancel it"
    details = (Why("cancel", "Why would you like to cancel it?"),)

    def propose(self, turn: Turn, case: Case, slots: Slots | None = None) -> Proposal:
        quote = cancellation.quote(case)
        if quote.why_not is not None or slots is None:
            return Proposal(quote.order, quote.why_not)
        items = listed([item_text(item) for item in quote.order.items])
        doing = (
            f"cancel order **{quote.order.order_id}** ({items}). {_money_back(turn, quote)} "
            "There is no fee, and it cannot be undone."
        )
        return Proposal(quote.order, None, doing, "Shall I cancel it?", "No, keep it")

    def make(self, turn: Turn, case: Case, slots: Slots, key: IdempotencyKey) -> str:
        reason = slots.get("reason") or "no reason given"
        done = cancellation.cancel(case, reason, key)
        return _result(turn, done)


def _money_back(turn: Turn, quote: CancelQuote) -> str:
    if not quote.refund.minor:
        return "Nothing was charged, so there is nothing to refund."
    when = f", {quote.arrives}" if quote.arrives else ""
    return f"**{turn.money(quote.refund)}** would go back to {quote.refund_to}{when}."


def _result(turn: Turn, done: Cancelled) -> str:
    when = f", {done.arrives}" if done.arrives else ""
    money = f"{turn.money(done.refund)} goes back to {done.refund_to}{when}."
    if done.already:
        return f"Order {done.order_id} was cancelled already, so I changed nothing." + (
            f" {money}" if done.refund.minor else ""
        )
    return f"Done: order **{done.order_id}** is cancelled. " + (
        f"{money} A confirmation is on its way by mail." if done.refund.minor else "A confirmation comes by mail."
    )
