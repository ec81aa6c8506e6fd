"""change_form: which order, proof that it is the shopper's, what the change needs to know, and a yes to it.

Every kind of change (``actions.changes``) goes this one way. What the first message named ("exchange the boots from
#W1234567 for a 43") is kept as the wish and counts as soon as the shopper is known.
"""

from __future__ import annotations

import re

from actions.buttons import LIST_ORDERS, PERSON
from actions.changes import CHANGES, Change, change_in
from actions.changes.base import Detail, case_of, policy_of
from actions.changes.choosing import lines_in
from actions.changes.naming import demanded_in, topic_of, way_in
from actions.forms import codes, reading, wish
from actions.forms.base import ANSWERS, CHANGE_FORM, FormValidation, Slots, WrongValue, left_open
from actions.forms.order import NO_NUMBER
from actions.message import Message
from actions.services import orders
from actions.services.views import OrderView
from actions.topics.knowledge import answer_for
from actions.turn import Turn
from contract.wire import NotFound

NOT_CLEAR = "Please answer yes or no: I change nothing without a clear yes."
UNSPECIFIC = "change_order"
DETAILS = ("items", "variants", "quantity", "address", "method", "reason")
_CORRECTS = re.compile(
    r"^\W*(no|actually|wait|sorry|rather|make|change|take|i meant?|i'd rather|instead|better|oh|hmm?)\b", re.IGNORECASE
)
MOST_LOOKED_AT = 20


class ValidateChangeForm(FormValidation):
    """Ends early, without a ``confirm``, where the order cannot be changed so; the action then says why."""

    action_name = "validate_change_form"
    form = CHANGE_FORM
    slots = ("change", "order_id", "contact", "code", *DETAILS, "confirm", "wish")
    own_intents = frozenset(intent for change in CHANGES.values() for intent in change.intents) | {UNSPECIFIC}

    def begin(self, turn: Turn, slots: Slots) -> None:
        change = _begun_with(turn.message)
        slots.update(change=change.kind if change else None, wish=wish.keep(turn.message))
        slots["order_id"] = reading.order_number(turn.message) or self.stays_with(turn)
        _tell_rules(turn, next(iter(change.intents)) if change else UNSPECIFIC)
        if slots["order_id"] is None and change is not None and reading.means_the_last(turn.message):
            slots["order_id"] = self._last_order(turn, change)
        if slots["order_id"] and not turn.viewer.verified and reading.email(turn.message):
            codes.take_email(turn, slots, self.action_name)

    def stays_with(self, turn: Turn) -> str | None:
        """Whose orders are known is asked which of those that can be changed so."""
        return None if turn.viewer.verified else left_open(turn, self.form)

    def fill(self, turn: Turn, slots: Slots, requested: str) -> None:
        if requested == "change":
            return self._change(turn, slots)
        if self._asks_about_another(turn, slots) or self._takes_up_another(turn, slots, requested):
            return None
        known = slots["order_id"] is not None and turn.viewer.verified
        revised = known and self._revises(turn, slots, requested)
        if revised and (requested == "confirm" or not self._is_plain_answer(turn, requested)):
            return None
        fillers = {"order_id": self._order, "contact": self._contact, "code": self._code, "confirm": self._confirm}
        return fillers.get(requested, self._detail)(turn, slots, requested)

    def is_answer(self, turn: Turn, requested: str) -> bool:
        if requested == "change":
            return _chosen_change(turn.message) is not None
        return self._is_plain_answer(turn, requested) or self._corrects(turn, requested)

    def next_slot(self, turn: Turn, slots: Slots) -> str | None:
        if slots["change"] is None:
            return "change"
        change = CHANGES[slots["change"]]
        if slots["order_id"] is None and turn.viewer.verified:
            slots["order_id"] = self._order_of_wish(turn, slots, change)
        if slots["order_id"] is None:
            return "order_id"
        if not turn.viewer.verified:
            return "contact" if slots["contact"] is None else "code"
        if not self._may_be_made(turn, slots):
            return None
        for detail in CHANGES[slots["change"]].details:
            if not self._known(turn, slots, detail):
                return detail.slot
        return "confirm" if slots["confirm"] is None else None

    def ask_again(self, turn: Turn, slots: Slots) -> str | None:
        return self.next_slot(turn, slots)

    def _known(self, turn: Turn, slots: Slots, detail: Detail) -> bool:
        """Whether the detail is known, from what was said first or because there is nothing to choose."""
        if detail.is_complete(turn, slots):
            return True
        wished = wish.recall(slots)
        found = detail.find(turn, slots, wished) if wished is not None else None
        if found is None or detail.refused(turn, slots, found):
            found = detail.default(turn, slots)
        if found is not None:
            slots[detail.slot] = found
        return detail.is_complete(turn, slots)

    def _may_be_made(self, turn: Turn, slots: Slots) -> bool:
        """Whether the order can be changed so, or as the sibling of that kind: then it is that."""
        change = CHANGES[slots["change"]]
        try:
            with turn.reading() as session:
                proposal = change.propose(turn, case_of(turn, session, slots["order_id"]))
            if change.kind not in proposal.order.possible and change.sibling in proposal.order.possible:
                slots["change"] = change.sibling
                return self._may_be_made(turn, slots)
            return proposal.why_not is None
        except NotFound:
            slots["order_id"] = None
            raise

    def _is_plain_answer(self, turn: Turn, requested: str) -> bool:
        if requested == "order_id":
            return reading.is_bare(turn.message, reading.order_number(turn.message))
        if requested in ("contact", "code"):
            return codes.is_answer(turn, requested)
        if requested == "confirm":
            return not self._demands_another(turn) and self._yes_or_no(turn, turn.slots) is not None
        detail = CHANGES[turn.slots["change"]].detail(requested)
        return detail is not None and turn.viewer.verified and detail.is_answer(turn, turn.slots)

    def _corrects(self, turn: Turn, requested: str) -> bool:
        """Whether the message takes back something that was said: "no, the other order", "make that size M"."""
        if turn.message.is_button or reading.is_question(turn.message) or not _CORRECTS.match(turn.message.text):
            return False
        if self._demands_another(turn):
            return True
        if reading.means_another(turn.message):
            return True
        known = turn.slots.get("order_id") is not None and turn.viewer.verified
        return known and self._revises(turn, dict(turn.slots), requested)

    @staticmethod
    def _demands_another(turn: Turn) -> bool:
        return demanded_in(turn.message.text) not in (None, turn.slots.get("change"))

    def _revises(self, turn: Turn, slots: Slots, requested: str) -> bool:
        """Takes over a detail that the message changes, and forgets what depends on it."""
        details = CHANGES[slots["change"]].details
        if turn.message.is_button or requested not in (*DETAILS, "confirm"):
            return False
        for at, detail in enumerate(details):
            if detail.slot in ("reason", requested) or slots.get(detail.slot) is None:
                continue
            found = detail.find(turn, slots, turn.message)
            if found not in (None, slots[detail.slot]) and not detail.refused(turn, slots, found):
                slots[detail.slot] = found
                slots.update({later.slot: None for later in details[at + 1 :] if later.slot != "reason"})
                slots.update(confirm=None, wish=wish.keep(turn.message))
                return True
        return False

    def _asks_about_another(self, turn: Turn, slots: Slots) -> bool:
        """A question about another kind of change is answered by the shop's rules; then it goes on here."""
        asked = change_in(turn.message)
        if asked is None or asked.kind == slots["change"] or not _tell_rules(turn, turn.message.intent):
            return False
        turn.say(f"Now back to {CHANGES[slots['change']].called}.")
        return True

    def _takes_up_another(self, turn: Turn, slots: Slots, requested: str) -> bool:
        """Another order, or another change of the same one, in place of what the form was about."""
        wanted, number = change_in(turn.message), reading.order_number(turn.message)
        if wanted is None and _CORRECTS.match(turn.message.text) and not turn.message.is_button:
            wanted = CHANGES.get(demanded_in(turn.message.text) or "")
        wanted = self._as_now(turn, slots, requested, wanted)
        other_order = self._means_other_order(turn, requested)
        if wanted is not None and requested != "order_id":
            other_order = other_order or number not in (None, slots["order_id"])
        other_change = wanted is not None and wanted.kind != slots["change"]
        if not other_order and not (other_change and not self._is_plain_answer(turn, requested)):
            return False
        slots.update(dict.fromkeys((*DETAILS, "confirm")))
        slots["order_id"] = number if number is not None or other_order else slots["order_id"]
        if wanted is not None:
            slots.update(change=wanted.kind, wish=wish.keep(turn.message))
        return True

    def _as_now(self, turn: Turn, slots: Slots, requested: str, wanted: Change | None) -> Change | None:
        """The change at hand, where it has the intent of ``wanted`` and the message gives one of its details anew."""
        now = CHANGES[slots["change"]]
        known = slots["order_id"] is not None and turn.viewer.verified
        if wanted is None or wanted is now or not wanted.intents & now.intents or not known:
            return wanted
        return now if self._revises(turn, dict(slots), requested) else wanted

    @staticmethod
    def _means_other_order(turn: Turn, requested: str) -> bool:
        if requested in ("order_id", "reason") or turn.message.is_button:
            return False
        return reading.means_another(turn.message)

    def _order(self, turn: Turn, slots: Slots, requested: str) -> None:  # noqa: ARG002
        slots["order_id"] = reading.order_number(turn.message)
        if slots["order_id"] is None:
            raise WrongValue(NO_NUMBER, LIST_ORDERS, PERSON)

    def _contact(self, turn: Turn, slots: Slots, requested: str) -> None:  # noqa: ARG002
        codes.take_email(turn, slots, self.action_name)

    def _code(self, turn: Turn, slots: Slots, requested: str) -> None:  # noqa: ARG002
        codes.take_code(turn, slots, self.action_name)

    def _detail(self, turn: Turn, slots: Slots, requested: str) -> None:
        detail = CHANGES[slots["change"]].detail(requested)
        if detail is None:
            return
        slots[requested] = detail.take(turn, slots)
        if requested != "reason":  # it may name more than was asked for: "the bottle, in black"
            slots["wish"] = wish.added(slots.get("wish"), wish.keep(turn.message))

    def _confirm(self, turn: Turn, slots: Slots, requested: str) -> None:  # noqa: ARG002
        meant = turn.message.first("order_id") if turn.message.is_button else slots["order_id"]
        answer = self._yes_or_no(turn, slots)
        if answer is None or meant != slots["order_id"]:
            raise WrongValue(NOT_CLEAR)
        slots["confirm"] = answer

    @staticmethod
    def _yes_or_no(turn: Turn, slots: Slots) -> bool | None:
        return reading.yes_or_no(turn.message, CHANGES[slots["change"]].assent)

    def _change(self, turn: Turn, slots: Slots) -> None:
        change = _chosen_change(turn.message)
        if change is None:
            raise WrongValue("Please pick one of these, or say it in other words.")
        slots.update(change=change.kind, order_id=slots["order_id"] or reading.order_number(turn.message))

    def _last_order(self, turn: Turn, change: Change) -> str | None:
        """The order that was spoken of last, if it can be changed so."""
        number = turn.slots.get("last_order")
        if number is None or not turn.viewer.verified:
            return number
        return number if number in {order.order_id for order in self._own(turn, change)} else None

    def _order_of_wish(self, turn: Turn, slots: Slots, change: Change) -> str | None:
        """The one order that can be changed so and holds what the first message names."""
        wished = wish.recall(slots)
        if wished is None or not wished.first("product") or change.detail("items") is None:
            return None
        fitting = [order.order_id for order in self._own(turn, change) if lines_in(wished, order.items)]
        return fitting[0] if len(fitting) == 1 else None

    def _own(self, turn: Turn, change: Change) -> list[OrderView]:
        with turn.reading() as session:
            mine = orders.list_orders(session, turn.viewer, policy_of(turn), MOST_LOOKED_AT)
        return [order for order in mine if change.kind in order.possible]


def _begun_with(message: Message) -> Change | None:
    """The change that the first message asks for; None where it only says that something shall be changed."""
    if message.intent == UNSPECIFIC:
        return CHANGES.get(topic_of(message.text) or "")
    return change_in(message) or CHANGES[demanded_in(message.text) or way_in(message.text) or "cancel"]


def _chosen_change(message: Message) -> Change | None:
    is_clear = message.confidence >= reading.SURE and message.intent not in (*ANSWERS, UNSPECIFIC)
    topic = None if message.is_button or is_clear or reading.is_question(message) else topic_of(message.text)
    return change_in(message) or CHANGES.get(topic or "")


def _tell_rules(turn: Turn, intent: str) -> bool:
    """Somebody who asks how it is done, of no order, hears the shop's rules; whether they were told."""
    if turn.message.is_button or not reading.is_question(turn.message) or reading.order_number(turn.message):
        return False
    answer = answer_for(turn, intent)
    if answer is not None:
        turn.say(answer.text, source=answer.source)
    return answer is not None
