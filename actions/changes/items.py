"""Which items of the order: by button, by name, by place, or all of them."""

from __future__ import annotations

from typing import Any

from actions.buttons import button
from actions.cards import item_text
from actions.changes import choosing
from actions.changes.base import Detail, Slots, policy_of
from actions.message import Message
from actions.services import orders, swaps
from actions.services.order_rows import own_order
from actions.services.views import ItemView, OrderView
from actions.turn import Turn

MOST_OFFERED = 6
ALL = "all"


class WhichItems(Detail):
    """A list of order lines. ``swappable``: only those of which there is another variant."""

    slot = "items"

    def __init__(self, question: str, *, swappable: bool = False) -> None:
        self._question, self._swappable = question, swappable

    def default(self, turn: Turn, slots: Slots) -> Any | None:
        items = self._items(turn, slots)
        return [items[0].line] if len(items) == 1 else None

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:
        items = self._items(turn, slots)
        if message.is_button:
            chosen = message.first("choice")
            if chosen == ALL:
                return [item.line for item in items]
            return [item.line for item in items if str(item.line) == chosen] or None
        return choosing.lines_in(message, items) or None

    def ask(self, turn: Turn, slots: Slots) -> None:
        items = self._items(turn, slots)
        offered = [button(item_text(item), "inform", choice=str(item.line)) for item in items[:MOST_OFFERED]]
        if len(items) > 1 and not self._swappable:
            offered.append(button("All of it", "inform", choice=ALL))
        turn.say(self._question, buttons=offered)

    def unclear(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        return "I can't tell which of the items that is. Please pick one, or write its name."

    def _items(self, turn: Turn, slots: Slots) -> tuple[ItemView, ...]:
        order = order_of(turn, slots)
        if not self._swappable:
            return order.items
        with turn.reading() as session:
            rows = own_order(session, turn.viewer, slots["order_id"]).items
            lines = {row.line for row in rows if swaps.offers(session, row)}
        return tuple(item for item in order.items if item.line in lines)


def order_of(turn: Turn, slots: Slots) -> OrderView:
    """The order that the form is about."""
    with turn.reading() as session:
        return orders.get_order(session, turn.viewer, slots["order_id"], policy_of(turn))
