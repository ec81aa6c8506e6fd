"""What is in an order, and which orders there are."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button
from actions.cards import item_text, order_card
from actions.forms.base import CHANGE_FORM
from actions.services import orders
from actions.services.views import OrderView
from actions.topics.slots import flow_ends
from actions.turn import Event, Turn
from actions.wording import status_title
from contract.conversation import Button

MOST_LISTED = 5
MOST_OFFERED = 3
MOST_LOOKED_AT = 20
WHERE_IT_IS = "It looks like **#W1234567** and is in the mail that confirmed your order."


class ActionOrderDetails(ShopAction):
    action_name = "action_order_details"

    def perform(self, turn: Turn) -> list[Event]:
        order_id = turn.slots.get("order_id")
        if order_id is None:
            return []
        turn.require(self.action_name, order_id)
        with turn.reading() as session:
            order = orders.get_order(session, turn.viewer, order_id, turn.runtime.policy)
        count = sum(item.quantity for item in order.items)
        paid = f"{turn.money(order.total)}, paid with {order.payment_method}"
        turn.say(
            f"Order **{order.order_id}** has {count} {'item' if count == 1 else 'items'}, together {paid}. "
            f"It goes to {order.shipping_city}, {order.country}.",
            cards=[order_card(order, locale=turn.settings.locale)],
            buttons=[button("Mail me the invoice", "get_invoice", order_id=order.order_id), PERSON],
        )
        return [*flow_ends(turn), SlotSet("last_order", order.order_id)]


class ActionListOrders(ShopAction):
    action_name = "action_list_orders"

    def perform(self, turn: Turn) -> list[Event]:
        if turn.has_spoken and not turn.viewer.verified:
            return []
        turn.require(self.action_name)
        with turn.reading() as session:
            found = orders.list_orders(session, turn.viewer, turn.runtime.policy, MOST_LISTED)
        if not found:
            turn.say("There are no orders in your account yet.")
            return flow_ends(turn)
        cards = [order_card(order, locale=turn.settings.locale) for order in found]
        turn.say("Here is your order." if len(found) == 1 else _intro(len(found)), cards=cards)
        spoken_of = [SlotSet("last_order", found[0].order_id)] if len(found) == 1 else []
        return [*flow_ends(turn), *spoken_of]


class ActionAskOrderId(ShopAction):
    """Asks which order, and offers those that the shopper may see."""

    action_name = "action_ask_order_id"

    def perform(self, turn: Turn) -> list[Event]:
        offered = _offers(turn)
        if offered:
            turn.say("Which order is it? Pick one, or type its number.", buttons=offered)
        else:
            turn.say(
                f"What is your order number? {WHERE_IT_IS}" if not turn.has_spoken else "What is the order number?"
            )
        return []


def _offers(turn: Turn) -> list[Button]:
    with turn.reading() as session:
        if turn.viewer.verified:
            known = orders.list_orders(session, turn.viewer, turn.runtime.policy, MOST_LOOKED_AT)
        else:
            numbers, policy = turn.viewer.identified_orders[-MOST_LISTED:], turn.runtime.policy
            known = [orders.get_order(session, turn.viewer, number, policy) for number in reversed(numbers)]
    if turn.active_form == CHANGE_FORM:
        known = [order for order in known if turn.slots.get("change") in order.possible]
    titles = {order.order_id: f"{order.order_id}: {_short(order)}" for order in known}
    return [button(title, "inform", order_id=number) for number, title in titles.items()][:MOST_OFFERED]


def _short(order: OrderView) -> str:
    first = item_text(order.items[0]) if order.items else status_title(order.status)
    return f"{first[:40]}{' and more' if len(order.items) > 1 else ''}"


def _intro(count: int) -> str:
    return f"Here are your last {count} orders." if count == MOST_LISTED else f"You have {count} orders."
