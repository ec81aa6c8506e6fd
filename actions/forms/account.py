"""account_form: what shall be changed of the account, who asks, the new value, and a yes to what was read back."""

from __future__ import annotations

from actions.account import ACCOUNT_CHANGES, BY_INTENT, UNSPECIFIC, account_change_of
from actions.account.base import AccountChange
from actions.forms import codes, reading, wish
from actions.forms.base import ANSWERS, FormValidation, Slots, WrongValue
from actions.turn import Turn
from contract.wire import NotFound

NOT_CLEAR = "Please answer yes or no: I change nothing without a clear yes."
PLAIN_NO_WORDS = 3


class ValidateAccountForm(FormValidation):
    """Ends early, without a ``confirm``, where the account cannot be changed so; the action then says why."""

    action_name = "validate_account_form"
    form = "account_form"
    slots = ("account", "contact", "code", "value", "proof", "confirm", "wish")
    own_intents = frozenset({*BY_INTENT, UNSPECIFIC})

    def begin(self, turn: Turn, slots: Slots) -> None:
        change = account_change_of(turn.message)
        slots.update(account=change.name if change else None, wish=wish.keep(turn.message))
        if change is None or change.proves_value or turn.viewer.verified:
            return
        if change.is_offered(turn) and reading.email(turn.message):
            self._take_contact(turn, slots)

    def fill(self, turn: Turn, slots: Slots, requested: str) -> None:
        if self._takes_up_another(turn, slots):
            return None
        if requested == "confirm" and self._revises(turn, slots):
            return None
        fillers = {
            "account": self._take_account,
            "contact": self._take_contact,
            "code": self._take_code,
            "value": self._take_value,
            "proof": self._take_proof,
            "confirm": self._take_confirm,
        }
        return fillers[requested](turn, slots)

    def is_answer(self, turn: Turn, requested: str) -> bool:
        change = _change(turn.slots)
        if requested == "account" or change is None:
            return _chosen(turn) is not None
        if requested in ("contact", "code", "proof"):
            return codes.is_answer(turn, requested)
        if requested == "confirm":
            return reading.yes_or_no(turn.message, change.assent) is not None or self._revises(turn, dict(turn.slots))
        return change.value is not None and _is_known(turn, change) and change.value.is_answer(turn, turn.slots)

    def next_slot(self, turn: Turn, slots: Slots) -> str | None:
        change = _change(slots)
        if change is None:
            return "account"
        if not change.is_offered(turn):
            return None
        unknown = self._unknown(turn, slots, change)
        if unknown is not None:
            return unknown
        if not change.needs_yes or self._is_refused(turn, change):
            return None
        if change.value is not None and slots["value"] is None:
            self._use_wish(turn, slots, change)
        if change.value is not None and slots["value"] is None:
            return "value"
        if change.proves_value and slots["proof"] is None:
            return "proof"
        return "confirm" if slots["confirm"] is None else None

    def ask_again(self, turn: Turn, slots: Slots) -> str | None:
        return self.next_slot(turn, slots)

    def _unknown(self, turn: Turn, slots: Slots, change: AccountChange) -> str | None:
        """Contact or code, where it must be asked first who the shopper is."""
        if turn.viewer.verified and change.needs_yes:
            return None
        if slots["contact"] is None:
            return "contact"
        return "code" if change.needs_yes and slots["code"] is None else None

    def _is_refused(self, turn: Turn, change: AccountChange) -> bool:
        try:
            return change.why_not(turn) is not None
        except NotFound:
            return True

    def _use_wish(self, turn: Turn, slots: Slots, change: AccountChange) -> None:
        wished = wish.recall(slots)
        found = change.value.find(turn, slots, wished) if wished is not None and change.value is not None else None
        slots["wish"] = None
        if found is not None and change.value is not None and change.value.refused(turn, slots, found) is None:
            self._value_is(turn, slots, change, found)

    def _value_is(self, turn: Turn, slots: Slots, change: AccountChange, value: object) -> None:
        slots.update(value=value, proof=None, confirm=None)
        if change.proves_value:
            codes.send_proof(turn, slots["value"], self.action_name)

    def _takes_up_another(self, turn: Turn, slots: Slots) -> bool:
        """Whether another change of the account is wanted now."""
        if turn.message.is_button or turn.message.confidence < reading.SURE:
            return False
        other = BY_INTENT.get(turn.message.intent)
        if other is None or other.name == slots["account"]:
            return False
        slots.update(account=other.name, value=None, proof=None, confirm=None, wish=wish.keep(turn.message))
        return True

    def _revises(self, turn: Turn, slots: Slots) -> bool:
        """Whether another value is given instead of a yes."""
        change = _change(slots)
        if change is None or change.value is None or not _is_known(turn, change) or not self._may_revise(turn, change):
            return False
        found = change.value.find(turn, slots, turn.message)
        if found in (None, slots.get("value")):
            return False
        self._value_is(turn, slots, change, found)
        return True

    @staticmethod
    def _may_revise(turn: Turn, change: AccountChange) -> bool:
        message = turn.message
        if message.is_button or reading.is_question(message) or message.intent in ("stop", "contact_human_agent"):
            return False
        answer = reading.yes_or_no(message, change.assent)
        return answer is None or (answer is False and len(message.text.split()) > PLAIN_NO_WORDS)

    def _take_account(self, turn: Turn, slots: Slots) -> None:
        change = _chosen(turn)
        if change is None:
            raise WrongValue("Please pick one of these.")
        slots.update(account=change.name, wish=wish.keep(turn.message))

    def _take_contact(self, turn: Turn, slots: Slots) -> None:
        change = _change(slots)
        if change is None or (change.needs_yes and not change.proves_contact):
            return codes.take_email(turn, slots, self.action_name)
        slots["contact"] = codes.email_in(turn)
        if change.proves_contact:
            codes.send_proof(turn, slots["contact"], self.action_name)
        return None

    def _take_code(self, turn: Turn, slots: Slots) -> None:
        change = _change(slots)
        if change is None or not change.proves_contact:
            return codes.take_code(turn, slots, self.action_name)
        slots["contact"], customer_id = codes.take_proof(turn, slots["contact"], self.action_name)
        if customer_id is None:
            return None
        slots["code"] = "right"
        if customer_id:
            turn.effect("verified", customer_id=customer_id)
        return None

    def _take_value(self, turn: Turn, slots: Slots) -> None:
        change = _change(slots)
        assert change is not None and change.value is not None
        self._value_is(turn, slots, change, change.value.take(turn, slots))

    def _take_proof(self, turn: Turn, slots: Slots) -> None:
        slots["value"], owner = codes.take_proof(turn, slots["value"], self.action_name)
        slots["proof"] = None if owner is None else "right"

    def _take_confirm(self, turn: Turn, slots: Slots) -> None:
        change = _change(slots)
        answer = reading.yes_or_no(turn.message, change.assent if change else "")
        if answer is None:
            raise WrongValue(NOT_CLEAR)
        slots["confirm"] = answer


def _change(slots: Slots) -> AccountChange | None:
    return ACCOUNT_CHANGES.get(slots.get("account") or "")


def _is_known(turn: Turn, change: AccountChange) -> bool:
    return turn.viewer.verified or change.for_strangers


def _chosen(turn: Turn) -> AccountChange | None:
    is_other = turn.message.confidence >= reading.SURE and turn.message.intent not in (*ANSWERS, *BY_INTENT, UNSPECIFIC)
    return None if is_other and not turn.message.is_button else account_change_of(turn.message)
