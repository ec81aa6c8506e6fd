"""Where an order is."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button, ticket
from actions.cards import order_card
from actions.rephrasing import Plain
from actions.services import orders, tracking
from actions.services.views import TrackingView
from actions.topics.slots import flow_ends
from actions.turn import Event, Turn
from actions.wording import day, listed, moment
from contract.conversation import Button

MOST_EVENTS = 3


class ActionTrackOrder(ShopAction):
    action_name = "action_track_order"

    def perform(self, turn: Turn) -> list[Event]:
        order_id = turn.slots.get("order_id")
        if order_id is None:
            return []
        turn.require(self.action_name, order_id)
        with turn.reading() as session:
            order = orders.get_order(session, turn.viewer, order_id, turn.runtime.policy)
            where = tracking.tracking(session, turn.viewer, order_id)
        locale = turn.settings.locale
        lines = [headline(where, locale), _parcel(where), journey(where, locale)]
        turn.say(
            "\n\n".join(line for line in lines if line),
            cards=[order_card(order, locale=locale, is_tracked=True)],
            buttons=_ways_on(where),
            plain=Plain.WHERE_IT_IS,
        )
        return [*flow_ends(turn), SlotSet("last_order", order_id)]


def headline(where: TrackingView, locale: str) -> str:
    """Where the order is, in a sentence."""
    name = f"Order **{where.order_id}**"
    if where.status == "delivered":
        return f"{name} was delivered{f' on {day(where.delivered_at, locale)}' if where.delivered_at else ''}."
    if where.status in ("cancelled", "returned", "refunded", "return_requested", "exchange_requested"):
        if where.status == "exchange_requested":
            return f"An exchange for {name[0].lower()}{name[1:]} is under way."
        states = {"cancelled": "is cancelled", "returned": "has come back to us", "refunded": "has been refunded"}
        return f"{name} {states.get(where.status, 'is on its way back to us as a return')}."
    expected = day(where.eta, locale) if where.eta else None
    if where.late:
        since = f": it should have arrived by {expected}" if expected else ""
        return f"I'm sorry, {name[0].lower()}{name[1:]} is late{since}."
    state = "is on its way" if where.status == "shipped" else "is being prepared and has not been shipped yet"
    return f"{name} {state}." + (f" It should arrive by {expected}." if expected else "")


def _parcel(where: TrackingView) -> str:
    if not where.tracking_number:
        return ""
    numbers = listed([f"**{number}**" for number in (where.tracking_number, *where.other_numbers)])
    return f"Tracking number: {numbers}" + (f" ({where.carrier})" if where.carrier else "")


def journey(where: TrackingView, locale: str) -> str:
    """The carrier's last words as a list; empty where there are none."""
    steps = [f"- {moment(event.at, locale)}: {event.text}{_at(event.place)}" for event in where.events[:MOST_EVENTS]]
    return "\n".join(["Last seen (UTC):", *steps]) if steps else ""


def _at(place: str | None) -> str:
    return f", {place}" if place else ""


def _ways_on(where: TrackingView) -> list[Button]:
    if where.late:
        return [ticket("late_delivery", order_id=where.order_id), PERSON]
    if where.status == "delivered":
        return [button("It's not here", "missing_parcel", order_id=where.order_id)]
    return []
