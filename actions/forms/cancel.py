"""cancel_form: which order, proof that it is the shopper's, the reason, and a yes to what was read back."""

from __future__ import annotations

from actions.buttons import LIST_ORDERS, PERSON
from actions.forms import codes, reading
from actions.forms.base import FormValidation, Slots, WrongValue
from actions.forms.order import NO_NUMBER
from actions.services import cancellation
from actions.turn import Turn
from contract.wire import NotFound

NOT_CLEAR = "Please answer yes or no: I change nothing without a clear yes."
MAX_REASON = 300


class ValidateCancelForm(FormValidation):
    """Ends early, without a ``confirm``, where the order cannot be cancelled; the action then says why."""

    action_name = "validate_cancel_form"
    form = "cancel_form"
    slots = ("order_id", "contact", "code", "cancel_reason", "confirm")
    own_intents = frozenset({"cancel_order"})
    called = "cancelling your order"

    def begin(self, turn: Turn, slots: Slots) -> None:
        slots["order_id"] = reading.order_number(turn.message)
        if slots["order_id"] and not turn.viewer.verified and reading.email(turn.message):
            codes.take_email(turn, slots, self.action_name)

    def fill(self, turn: Turn, slots: Slots, requested: str) -> None:
        number = reading.order_number(turn.message)
        if turn.message.intent == "cancel_order" and number not in (None, slots["order_id"]):
            slots.update(order_id=number, cancel_reason=None, confirm=None)
            return
        fillers = {"order_id": self._order, "contact": self._contact, "code": self._code}
        fillers |= {"cancel_reason": self._reason, "confirm": self._confirm}
        fillers[requested](turn, slots)

    def is_answer(self, turn: Turn, requested: str) -> bool:
        if requested == "order_id":
            return reading.is_bare(turn.message, reading.order_number(turn.message))
        if requested in ("contact", "code"):
            return codes.is_answer(turn, requested)
        if requested == "confirm":
            return reading.yes_or_no(turn.message) is not None
        return _is_reason(turn)

    def next_slot(self, turn: Turn, slots: Slots) -> str | None:
        if slots["order_id"] is None:
            return "order_id"
        if not turn.viewer.verified:
            return "contact" if slots["contact"] is None else "code"
        if not self._may_cancel(turn, slots):
            return None
        return next((name for name in ("cancel_reason", "confirm") if slots[name] is None), None)

    def _may_cancel(self, turn: Turn, slots: Slots) -> bool:
        try:
            with turn.reading() as session:
                return cancellation.quote(session, turn.viewer, slots["order_id"]).allowed
        except NotFound:
            slots["order_id"] = None
            raise

    def ask_again(self, turn: Turn, slots: Slots) -> str | None:
        return self.next_slot(turn, slots)

    def _order(self, turn: Turn, slots: Slots) -> None:
        slots["order_id"] = reading.order_number(turn.message)
        if slots["order_id"] is None:
            raise WrongValue(NO_NUMBER, LIST_ORDERS, PERSON)

    def _contact(self, turn: Turn, slots: Slots) -> None:
        codes.take_email(turn, slots, self.action_name)

    def _code(self, turn: Turn, slots: Slots) -> None:
        codes.take_code(turn, slots, self.action_name)

    def _reason(self, turn: Turn, slots: Slots) -> None:
        slots["cancel_reason"] = (turn.message.first("choice") or turn.message.text).strip()[:MAX_REASON]

    def _confirm(self, turn: Turn, slots: Slots) -> None:
        meant = turn.message.first("order_id") if turn.message.is_button else slots["order_id"]
        answer = reading.yes_or_no(turn.message)
        if answer is None or meant != slots["order_id"]:
            raise WrongValue(NOT_CLEAR)
        slots["confirm"] = answer


def _is_reason(turn: Turn) -> bool:
    """Any words are a reason, but a question or a way out is none."""
    message = turn.message
    if message.is_button:
        return message.first("choice") is not None
    is_short = len(message.text.split()) <= reading.FEW_WORDS
    leaves = is_short and message.intent in ("stop", "contact_human_agent", "help")
    return not leaves and not reading.is_question(message)
