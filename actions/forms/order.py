"""order_form: which order, and whether it is the shopper's."""

from __future__ import annotations

from actions.access import Level
from actions.buttons import LIST_ORDERS, PERSON
from actions.forms import reading
from actions.forms.base import FormValidation, Slots, WrongValue, left_open
from actions.services import orders
from actions.turn import Turn
from contract.wire import NotFound

REPORT = "report"
GOALS = {
    "track_order": "track_order",
    "late_delivery": "track_order",
    "inform": "track_order",
    "order_details": "order_details",
    "check_invoice": "order_details",
    "get_invoice": "get_invoice",
    "track_refund": "track_refund",
    "missing_parcel": REPORT,
    "missing_item": REPORT,
    "wrong_charge": REPORT,
    "payment_issue": REPORT,
    "price_match": REPORT,
}
NO_NUMBER = (
    "I don't see an order number in that. It looks like **#W1234567** and is in the mail that confirmed your order. "
    "If you don't have it at hand, I can show you your orders."
)
NO_CONTACT = "I need the order's e-mail address, like name@example.com, or its zip code."


class ValidateOrderForm(FormValidation):
    """Asks for the e-mail address or zip code only where the shopper is not known to own the order."""

    action_name = "validate_order_form"
    form = "order_form"
    slots = ("order_id", "contact", "goal", "ticket_topic")
    own_intents = frozenset(GOALS) - {"inform"}

    def begin(self, turn: Turn, slots: Slots) -> None:
        self._aim(turn, slots, GOALS.get(turn.message.intent, "track_order"))
        slots["order_id"] = reading.order_number(turn.message) or left_open(turn, self.form)
        last = turn.slots.get("last_order")
        if slots["order_id"] is None and last and reading.means_the_last(turn.message):
            slots["order_id"] = last if turn.viewer.level(last) >= Level.IDENTIFIED else None
        if slots["order_id"]:
            self._accept(turn, slots, reading.contact(turn.message))

    def fill(self, turn: Turn, slots: Slots, requested: str) -> None:
        if turn.message.intent in self.own_intents and not self.is_answer(turn, requested):
            self._aim(turn, slots, GOALS[turn.message.intent])
        number = reading.order_number(turn.message)
        if requested == "order_id" or reading.names_an_order(turn.message):
            if number is None:
                raise WrongValue(NO_NUMBER, LIST_ORDERS, PERSON)
            slots["order_id"] = number
            return self._accept(turn, slots, reading.contact(turn.message))
        given = reading.contact(turn.message)
        if given is None:
            raise WrongValue(NO_CONTACT, PERSON)
        return self._accept(turn, slots, given)

    def is_answer(self, turn: Turn, requested: str) -> bool:
        number = reading.order_number(turn.message)
        if requested == "order_id" or reading.names_an_order(turn.message):
            return reading.is_bare(turn.message, number)
        return reading.is_bare(turn.message, reading.contact(turn.message))

    def next_slot(self, turn: Turn, slots: Slots) -> str | None:  # noqa: ARG002
        return "order_id" if slots["order_id"] is None else ("contact" if slots["contact"] is None else None)

    def ask_again(self, turn: Turn, slots: Slots) -> str | None:
        return self.next_slot(turn, slots)

    @staticmethod
    def _aim(turn: Turn, slots: Slots, goal: str) -> None:
        slots.update(goal=goal, ticket_topic=turn.message.intent if goal == REPORT else None)

    def _accept(self, turn: Turn, slots: Slots, contact: str | None) -> None:
        """Sees whether the viewer may see the order, with ``contact`` if that is needed and given."""
        number = slots["order_id"]
        if turn.viewer.level(number) >= Level.IDENTIFIED:
            return self._check_own(turn, slots)
        if contact is not None:
            with turn.writing() as session:
                orders.identify(session, number, contact, conversation_id=turn.viewer.conversation_id)
            turn.effect("identified", order_id=number)
            slots["contact"] = "given"
        return None

    def _check_own(self, turn: Turn, slots: Slots) -> None:
        try:
            with turn.reading() as session:
                orders.get_order(session, turn.viewer, slots["order_id"], turn.runtime.policy)
            slots["contact"] = "known"
        except NotFound:
            slots["order_id"] = None
            raise
