"""Cancelling an order: read back, then once."""

from __future__ import annotations

from actions.access import NeedsVerification
from actions.base import ShopAction
from actions.buttons import PERSON, button
from actions.cards import item_text, order_card
from actions.services import cancellation
from actions.services.views import Cancelled, CancelQuote
from actions.topics.slots import flow_is_over
from actions.turn import Event, Turn
from actions.wording import listed
from contract.conversation import Button
from contract.wire import Conflict


class ActionAskConfirm(ShopAction):
    """Reads back what would happen, and asks for a yes."""

    action_name = "action_ask_confirm"

    def perform(self, turn: Turn) -> list[Event]:
        with turn.reading() as session:
            quote = cancellation.quote(session, turn.viewer, turn.slots["order_id"])
        number = quote.order.order_id
        items = listed([item_text(item) for item in quote.order.items])
        turn.say(
            f"This is what I would do: cancel order **{number}** ({items}). {_money_back(turn, quote)} "
            "There is no fee, and it cannot be undone. Shall I cancel it?",
            cards=[order_card(quote.order, locale=turn.settings.locale, with_buttons=False)],
            buttons=[
                button("Yes, cancel it", "affirm", order_id=number),
                button("No, keep it", "deny", order_id=number),
            ],
        )
        return []


class ActionCancelOrder(ShopAction):
    """Runs when the form is done: cancels on a yes, says why it cannot, or leaves the order alone."""

    action_name = "action_cancel_order"

    def perform(self, turn: Turn) -> list[Event]:
        order_id = turn.slots.get("order_id")
        if order_id is None:
            return []
        try:
            self._finish(turn, order_id)
        except NeedsVerification:
            again = button("Start again", "cancel_order", order_id=order_id)
            turn.say(
                "I could not cancel it: your identification has run out in the meantime. Nothing was changed.",
                buttons=[again, PERSON],
            )
        except Conflict as error:
            turn.say(f"{error.message} Nothing was changed.", buttons=[PERSON])
        return flow_is_over()

    def _finish(self, turn: Turn, order_id: str) -> None:
        turn.require(self.action_name, order_id)
        if turn.slots.get("confirm"):
            return self._cancel(turn, order_id)
        with turn.reading() as session:
            quote = cancellation.quote(session, turn.viewer, order_id)
        if quote.allowed:
            turn.say(f"Okay, I left order {quote.order.order_id} as it is.")
        else:
            turn.say(quote.why_not or "This order can't be cancelled.", buttons=_instead(quote))
        return None

    def _cancel(self, turn: Turn, order_id: str) -> None:
        reason = turn.slots.get("cancel_reason") or "no reason given"
        with turn.writing() as session:
            done = cancellation.cancel(session, turn.viewer, order_id, reason, turn.key(self.action_name))
        turn.say(_result(turn, done))


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


def _instead(quote: CancelQuote) -> list[Button]:
    number, status = quote.order.order_id, quote.order.status
    if status in ("shipped", "delivered"):
        return [
            button("How to return it", "return_item", order_id=number),
            button("Where is it?", "track_order", order_id=number),
            PERSON,
        ]
    return [button("Where is my refund?", "track_refund", order_id=number), PERSON]
