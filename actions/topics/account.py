"""After a shopper has proved who they are."""

from __future__ import annotations

from actions.base import ShopAction
from actions.buttons import LIST_ORDERS, button
from actions.services import settling
from actions.topics.slots import flow_ends, flow_is_over
from actions.turn import Event, Turn
from actions.wording import listed


class ActionGiftCardBalance(ShopAction):
    """What is left on the gift cards of a verified customer."""

    action_name = "action_gift_card_balance"

    def perform(self, turn: Turn) -> list[Event]:
        if turn.has_spoken and not turn.viewer.verified:
            return []
        turn.require(self.action_name)
        with turn.reading() as session:
            cards = [method for method in settling.methods(session, turn.viewer) if method.kind == "gift_card"]
        held = [turn.money(card.balance) for card in cards if card.balance is not None]
        if not held:
            turn.say("There is no gift card in your account.", buttons=[button("Buy a gift card", "buy_gift_card")])
        elif len(held) == 1:
            turn.say(f"There is **{held[0]}** on your gift card.")
        else:
            turn.say(f"There is {listed([f'**{amount}**' for amount in held])} on your {len(held)} gift cards.")
        return flow_ends(turn)


class ActionVerified(ShopAction):
    action_name = "action_verified"

    def perform(self, turn: Turn) -> list[Event]:
        if turn.viewer.verified:
            turn.say(
                "Thank you, now I know that it's you. What would you like to do?",
                buttons=[LIST_ORDERS, button("Cancel an order", "cancel_order")],
            )
        return flow_is_over()
