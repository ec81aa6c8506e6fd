"""verify_form: an e-mail address, and the code that was sent there."""

from __future__ import annotations

from actions.forms import codes, reading
from actions.forms.base import FormValidation, Slots
from actions.turn import Turn

GOALS = ("list_orders", "gift_card_balance")


class ValidateVerifyForm(FormValidation):
    """Asks nothing of a shopper who is verified already."""

    action_name = "validate_verify_form"
    form = "verify_form"
    slots = ("contact", "code", "goal")
    own_intents = frozenset({"verify_identity"})

    def begin(self, turn: Turn, slots: Slots) -> None:
        slots["goal"] = turn.message.intent if turn.message.intent in GOALS else "verify_identity"
        if not turn.viewer.verified and reading.email(turn.message):
            codes.take_email(turn, slots, self.action_name)

    def fill(self, turn: Turn, slots: Slots, requested: str) -> None:
        take = codes.take_email if requested == "contact" else codes.take_code
        take(turn, slots, self.action_name)

    def is_answer(self, turn: Turn, requested: str) -> bool:
        return codes.is_answer(turn, requested)

    def next_slot(self, turn: Turn, slots: Slots) -> str | None:
        if turn.viewer.verified:
            return None
        return "contact" if slots["contact"] is None else "code"

    def ask_again(self, turn: Turn, slots: Slots) -> str | None:
        return self.next_slot(turn, slots)
