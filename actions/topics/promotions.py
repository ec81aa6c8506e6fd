"""Promo codes that do not work."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button, ticket
from actions.forms import reading
from actions.forms.promo import code_in
from actions.services import promotions
from actions.services.promotions import PromoView
from actions.topics.knowledge import answer_for
from actions.topics.slots import flow_ends
from actions.turn import Event, Turn
from actions.wording import day
from contract.conversation import Button
from contract.wire import InvalidInput, NotFound


class ActionPromo(ShopAction):
    """Who asks how codes work hears the rules; who has one that does not work is asked for it."""

    action_name = "action_promo"

    def perform(self, turn: Turn) -> list[Event]:
        answer = answer_for(turn, "promo_code_issue")
        asks = reading.is_question(turn.message) and not turn.message.is_button
        if code_in(turn.message) is not None or not asks or answer is None:
            return [SlotSet("next_flow", "promo")]
        turn.say(
            answer.text,
            source=answer.source,
            buttons=[button("Check my code", "promo_code_issue"), ticket("promo_code_issue"), PERSON],
        )
        return [SlotSet("next_flow", None)]


class ActionCheckPromo(ShopAction):
    action_name = "action_check_promo"

    def perform(self, turn: Turn) -> list[Event]:
        code = turn.slots.get("promo_code")
        if code:
            self._check(turn, code)
        return [*flow_ends(turn), SlotSet("next_flow", None)]

    @staticmethod
    def _check(turn: Turn, code: str) -> None:
        try:
            with turn.writing() as session:
                found = promotions.check_promo_code(session, turn.viewer, code)
        except (InvalidInput, NotFound) as error:
            again = button("Try another code", "promo_code_issue")
            turn.say(error.message, buttons=[again, ticket("promo_code_issue"), PERSON])
            return
        turn.say(_verdict(turn, found), buttons=_ways_on(found))


def _verdict(turn: Turn, found: PromoView) -> str:
    name, locale = f"The code **{found.code}**", turn.settings.locale
    if found.state == "early" and found.valid_from is not None:
        return f"{name} is good from {day(found.valid_from, locale)} on: that is why it does not work yet."
    if found.state == "over" and found.valid_until is not None:
        return f"{name} ran out on {day(found.valid_until, locale)}: that is why it does not work any more."
    if found.state == "used_up":
        return f"{name} was good for a number of orders, and all of them have been placed: it is used up."
    if found.state == "used":
        return f"{name} works once per customer, and you have used it for order **{found.used_for}**."
    return " ".join([f"{name} works: {_value(turn, found)}.", *_conditions(turn, found)])


def _value(turn: Turn, found: PromoView) -> str:
    off = (
        f"{found.percent} %" if found.percent is not None else turn.money(found.amount) if found.amount else "something"
    )
    least = f" orders of at least **{turn.money(found.min_total)}**" if found.min_total else " an order"
    until = f", until {day(found.valid_until, turn.settings.locale)}" if found.valid_until else ""
    return f"it takes **{off}** off{least}{until}"


def _conditions(turn: Turn, found: PromoView) -> list[str]:
    once = "It works once per customer." if found.once_per_customer else ""
    unknown = "Whether you have used it already I can tell when I know who you are."
    tell = [unknown] if once and not turn.viewer.verified else []
    return [
        *([once] if once else []),
        *tell,
        "Type it at the checkout, before you pay; one code per order counts, and none after the order was placed.",
    ]


def _ways_on(found: PromoView) -> list[Button]:
    if found.state != "good":
        return [ticket("promo_code_issue"), PERSON]
    return [ticket("promo_code_issue", "It still doesn't work"), PERSON]
