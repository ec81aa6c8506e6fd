"""After a shopper has proved who they are."""

from __future__ import annotations

from actions.base import ShopAction
from actions.buttons import LIST_ORDERS, button
from actions.topics.slots import flow_is_over
from actions.turn import Event, Turn


class ActionVerified(ShopAction):
    action_name = "action_verified"

    def perform(self, turn: Turn) -> list[Event]:
        if turn.viewer.verified:
            turn.say(
                "Thank you, now I know that it's you. What would you like to do?",
                buttons=[LIST_ORDERS, button("Cancel an order", "cancel_order")],
            )
        return flow_is_over()
