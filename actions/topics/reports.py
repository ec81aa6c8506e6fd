"""Something went wrong with an order: what we know of it, and a ticket that holds the order."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button, ticket
from actions.cards import item_text
from actions.forms import reading
from actions.services import orders, parcels, price_match, statements, tracking
from actions.services.parcels import ParcelView
from actions.services.statements import Movement, Statement
from actions.services.views import TrackingView
from actions.topics.knowledge import answer_for, ways_on
from actions.topics.slots import flow_ends
from actions.topics.tracking import headline, journey
from actions.turn import Event, Turn
from actions.wording import day, listed
from contract.conversation import Button

NEEDS_ORDER = ("missing_parcel", "missing_item", "wrong_charge")
"""Always about an order that is there; a payment that fails may be about one that never was."""


class ActionReport(ShopAction):
    """Who asks what to do in such a case hears the rules; who says that it happened goes on with the order."""

    action_name = "action_report"

    def perform(self, turn: Turn) -> list[Event]:
        intent, message = turn.message.intent, turn.message
        about_order = reading.names_an_order(message) or (
            turn.slots.get("last_order") and reading.means_the_last(message)
        )
        is_told = intent in NEEDS_ORDER and not message.is_button and not reading.is_question(message)
        if about_order or is_told:
            return [SlotSet("next_flow", "order")]
        answer = answer_for(turn, intent)
        turn.say(
            answer.text if answer else "Our team will look into that.",
            source=answer.source if answer else None,
            buttons=ways_on(intent),
        )
        return [SlotSet("next_flow", None)]


class ActionReportFacts(ShopAction):
    """What the order's records say about the report, and the ways on."""

    action_name = "action_report_facts"

    def perform(self, turn: Turn) -> list[Event]:
        order_id, topic = turn.slots.get("order_id"), turn.slots.get("ticket_topic") or ""
        if order_id is None:
            return []
        turn.require(self.action_name, order_id)
        tell = {"missing_parcel": about_parcel, "missing_item": _items, "price_match": _prices}.get(topic, _money)
        text, ways = tell(turn, order_id)
        turn.say(text, buttons=[*ways, ticket(topic, order_id=order_id), PERSON])
        return [*flow_ends(turn), SlotSet("last_order", order_id), SlotSet("next_flow", None)]


def about_parcel(turn: Turn, order_id: str) -> tuple[str, list[Button]]:
    """Where the order's parcel is or was left, what to do if it is not there, and the ways on beside a ticket."""
    with turn.reading() as session:
        where = tracking.tracking(session, turn.viewer, order_id)
    locale = turn.settings.locale
    lines = [headline(where, locale), journey(where, locale), _advice(where)]
    return "\n\n".join(line for line in lines if line), []


def _advice(where: TrackingView) -> str:
    if where.status == "delivered":
        return (
            "Please look with neighbours, at the door and in the mailbox for a card: often it turns up within one "
            "business day. If not, open a ticket: our team has the carrier search for it, and what is lost we send "
            "again or pay back."
        )
    if where.status in ("pending", "processed"):
        return "So it can't be there yet."
    if where.status == "shipped" and where.late:
        return "With a ticket our team has the carrier search for it; what is lost we send again or pay back."
    return "It still has time. If it does not come by then, open a ticket." if where.status == "shipped" else ""


def _items(turn: Turn, order_id: str) -> tuple[str, list[Button]]:
    with turn.reading() as session:
        order = orders.get_order(session, turn.viewer, order_id, turn.runtime.policy)
        found, unsent = parcels.parcels(session, turn.viewer, order_id)
    locale, number = turn.settings.locale, order.order_id
    where = [button("Where is it?", "track_order", order_id=number)]
    if not found:
        return f"Nothing of order **{number}** has been shipped yet.", where
    lines = [f"Order **{number}** comes in {'one parcel' if len(found) == 1 else f'{len(found)} parcels'}:"]
    lines += [_contents(parcel, locale) for parcel in found]
    if unsent:
        lines.append(f"- not shipped yet: {listed(unsent)}")
    is_under_way = bool(unsent) or any(parcel.delivered_at is None for parcel in found)
    if is_under_way and order.status == "shipped":
        end = "What is missing may be in a part that is still to come. If not, open a ticket and name what is missing."
    else:
        end = (
            "Please look between the packing paper, too. If something is missing, open a ticket and name it: our team "
            "sends it after, or pays it back."
        )
    return "\n".join([*lines, "", end]), where


def _contents(parcel: ParcelView, locale: str) -> str:
    state = f"delivered on {day(parcel.delivered_at, locale)}" if parcel.delivered_at else "on its way"
    return f"- {parcel.tracking_number} ({state}): {listed(parcel.items) or 'contents not known'}"


def _money(turn: Turn, order_id: str) -> tuple[str, list[Button]]:
    with turn.reading() as session:
        order = orders.get_order(session, turn.viewer, order_id, turn.runtime.policy)
        found = statements.statement(session, turn.viewer, order_id)
    lines = [f"Order **{found.order_id}** costs **{turn.money(found.total)}**. This is what we have booked for it:"]
    lines += [f"- {_movement(turn, move)}" for move in found.movements] or ["- nothing yet"]
    ways = (
        [button("Pay another way", "change_payment_method", order_id=order_id)] if "payment" in order.possible else []
    )
    return "\n".join([*lines, "", _judgement(found)]), ways


def _prices(turn: Turn, order_id: str) -> tuple[str, list[Button]]:
    with turn.reading() as session:
        found = price_match.price_match(session, turn.viewer, order_id, turn.runtime.policy)
    number = f"order **{found.order_id}**"
    if not found.fallen:
        return f"Nothing in {number} costs less today than you paid.", []
    lines = [f"This costs less now than in {number}:"]
    for fallen in found.fallen:
        paid, now, less = (
            turn.money(fallen.item.unit_price),
            turn.money(fallen.price_now),
            turn.money(fallen.difference),
        )
        lines.append(f"- {item_text(fallen.item)}: {now} instead of {paid}, together **{less}** less")
    if found.in_time is False:
        end = f"The order is older than {found.within_days} days, though, and only within these we pay the difference."
    else:
        end = f"Within {found.within_days} days after an order we pay the difference: open a ticket for that."
    return "\n".join([*lines, "", end]), []


def _movement(turn: Turn, move: Movement) -> str:
    when = f" on {day(move.at, turn.settings.locale)}" if move.at else ""
    amount = f"{turn.money(move.amount)}"
    if move.back:
        return f"{amount} back to {move.method}: {f'paid{when}' if move.state == 'paid' else 'on its way'}"
    states = {
        "paid": f"paid{when}",
        "due": "not collected yet",
        "void": "will not be collected",
        "replaced": "sent back",
    }
    return f"{amount} with {move.method}: {states.get(move.state, move.state)}"


def _judgement(found: Statement) -> str:
    if found.twice:
        return "The same amount was booked twice. Please open a ticket, so that our team checks it and pays it back."
    if any(move.state == "due" for move in found.movements):
        return "What is not collected yet will be tried again. If your bank shows something else, open a ticket."
    return (
        "A second equal line at your bank is often a reservation, which disappears within a few days. If your bank "
        "shows something else that stays, open a ticket with the amount and the date. Please send no card numbers."
    )
