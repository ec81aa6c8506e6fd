"""Ordering in the chat: what the form asks, the read-back, and the order, once."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button
from actions.forms.buy import PaidBy, ask_variant
from actions.services import buying
from actions.topics.slots import flow_ends
from actions.turn import Event, Turn
from actions.wording import options_text
from contract.wire import Conflict, InvalidInput


class ActionAskBuyVariant(ShopAction):
    action_name = "action_ask_buy_variant"

    def perform(self, turn: Turn) -> list[Event]:
        ask_variant(turn)
        return []


class ActionAskBuyMethod(ShopAction):
    action_name = "action_ask_buy_form_method"

    def perform(self, turn: Turn) -> list[Event]:
        if turn.slots.get("buy_variant"):
            PaidBy().ask(turn, turn.slots)
        return []


class ActionAskBuyConfirm(ShopAction):
    """Reads the order back, with price, address and payment, and asks for a yes."""

    action_name = "action_ask_buy_form_confirm"

    def perform(self, turn: Turn) -> list[Event]:
        variant_id, pieces = turn.slots.get("buy_variant"), turn.slots.get("quantity") or 1
        if not variant_id:
            return []
        with turn.reading() as session:
            quote = buying.quote(session, turn.viewer, variant_id, int(pieces), turn.slots.get("method"))
        wanted = f"**{quote.quantity} × {quote.name}** ({options_text(quote.variant.options)})"
        turn.say(
            f"This is what I would order: {wanted} for **{turn.money(quote.total)}**, paid with {quote.paid_with}, to "
            f"{quote.address.text}. Shall I order it?",
            buttons=[
                button("Yes, order it", "affirm", choice=variant_id),
                button("No, thanks", "deny", choice=variant_id),
            ],
        )
        return []


class ActionBuy(ShopAction):
    """Runs when the form is done: orders on a yes, or says why it cannot."""

    action_name = "action_buy"

    def perform(self, turn: Turn) -> list[Event]:
        variant_id, pieces = turn.slots.get("buy_variant"), int(turn.slots.get("quantity") or 1)
        if not variant_id:
            return flow_ends(turn)
        ordered: list[Event] = []
        try:
            turn.require(self.action_name)
            ordered = self._finish(turn, variant_id, pieces)
        except (Conflict, InvalidInput) as error:
            turn.say(f"{error.message} Nothing was ordered.", buttons=[PERSON])
        return [*flow_ends(turn), *ordered, SlotSet("next_flow", None)]

    def _finish(self, turn: Turn, variant_id: str, pieces: int) -> list[Event]:
        method = turn.slots.get("method")
        if turn.slots.get("confirm") and method:
            with turn.writing() as session:
                done = buying.place(session, turn.viewer, variant_id, pieces, method, turn.key(self.action_name))
            turn.say(
                f"Done: your order is **{done.order_id}** ({turn.money(done.total)}, paid with {done.paid_with}). "
                f"It goes to {done.address.text}, and a confirmation is on its way to {done.email_masked}.",
                buttons=[button("Details", "order_details", order_id=done.order_id)],
            )
            return [SlotSet("last_order", done.order_id)]
        with turn.reading() as session:
            buying.quote(session, turn.viewer, variant_id, pieces)
        if turn.slots.get("confirm") is None:
            turn.say("None of the ways of payment in your account covers that. Nothing was ordered.", buttons=[PERSON])
        else:
            turn.say("Okay, I ordered nothing.")
        return []
