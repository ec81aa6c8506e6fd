"""How every form of the shop handles a message. ``validate_<form>`` is called once for each message in the form.

It begins (slots emptied, filled from what the message names), takes an answer, hands a question or another wish
back to the rules (the form asks again afterwards), or says what is wrong with a value.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from rasa_sdk.events import ActionExecutionRejected, SlotSet

from actions.account import ACCOUNT_CHANGES
from actions.base import ShopAction, sentence_for
from actions.buttons import PERSON, STOP
from actions.changes import CHANGES
from actions.forms import aside, reading
from actions.message import Message
from actions.services.identity import WrongCode
from actions.turn import Event, Turn
from contract.conversation import Button
from contract.wire import InvalidInput, NotFound, ShopclerkError

REQUESTED = "requested_slot"
TRIES_BEFORE_PERSON = 3
ANSWERS = frozenset({"inform", "affirm", "nlu_fallback", ""})
GIBBERISH_WORDS = 3
Slots = dict[str, Any]


CHANGE_FORM, ACCOUNT_FORM = "change_form", "account_form"
CALLED = {
    "order_form": "your order",
    "buy_form": "your new order",
    "change_form": "your order",
    "account_form": "your account",
    "promo_form": "your promo code",
    "verify_form": "checking that it's you",
    "ticket_form": "your ticket",
}


class WrongValue(InvalidInput):
    """An answer that cannot be used; its sentence says why. ``buttons`` are ways on."""

    def __init__(self, message: str, *buttons: Button) -> None:
        super().__init__(message)
        self.buttons = buttons


class FormValidation(ShopAction):
    """Subclasses say which slots there are, how one is filled, and which is asked for next."""

    form: ClassVar[str]
    slots: ClassVar[tuple[str, ...]]
    own_intents: ClassVar[frozenset[str]]

    @abstractmethod
    def begin(self, turn: Turn, slots: Slots) -> None:
        """Takes what the first message already names. May raise ``WrongValue``."""

    @abstractmethod
    def fill(self, turn: Turn, slots: Slots, requested: str) -> None:
        """Takes the answer to ``requested``.

        Raises:
            WrongValue, NotFound, ...: it cannot be used; the sentence is said and the question asked again.
        """

    @abstractmethod
    def is_answer(self, turn: Turn, requested: str) -> bool:
        """Whether the message answers ``requested``, whatever intent was predicted."""

    @abstractmethod
    def next_slot(self, turn: Turn, slots: Slots) -> str | None:
        """What to ask for now; None ends the form."""

    def stays_with(self, turn: Turn) -> str | None:  # noqa: ARG002
        """The order of the form that ran before, where this one goes on with it and says so."""
        return None

    def perform(self, turn: Turn) -> list[Event]:
        requested = turn.slots.get(REQUESTED)
        if _rejected(turn, self.form):
            if requested:
                turn.say(f"Now back to {called(turn, self.form)}.")
            if requested and turn.slots.get(requested) is not None:
                return self._answered(turn, None)  # the answer stood in front of the other wish
            return [SlotSet(REQUESTED, requested)]
        if _activated(turn, self.form):
            return self._begun(turn)
        later = self._put_off(turn, requested) if requested else []
        if requested and self._is_other_wish(turn, requested):
            return [*later, *self._answered_in_front(turn, requested), ActionExecutionRejected(self.form)]
        return [*later, *self._answered(turn, requested)]

    def _put_off(self, turn: Turn, requested: str) -> list[Event]:
        """A yes with anything in doubt beside it is no clear yes: then all of it is looked at."""
        if requested == "confirm" and reading.yes_or_no(turn.message) is None:
            return []
        whole = turn.message

        def is_wish(part: Message) -> bool:
            turn.message = part
            try:
                return self._is_other_wish(turn, requested)
            finally:
                turn.message = whole

        return aside.put_off(turn, is_wish)

    def _begun(self, turn: Turn) -> list[Event]:
        left, number = _left_form(turn, self.form), self.stays_with(turn)
        if number:
            turn.say(f"Okay, we stay with order {number}.")
        elif left:
            turn.say(f"Okay, we leave {called(turn, left)} for now.")
        slots: Slots = {**dict.fromkeys(self.slots), "tries": 0.0}
        away = put_away(turn) if left == CHANGE_FORM else []
        return [*away, *self._taken(turn, slots, lambda: self.begin(turn, slots))]

    def _answered(self, turn: Turn, requested: str | None) -> list[Event]:
        slots: Slots = {name: turn.slots.get(name) for name in (*self.slots, "tries")}
        if requested is None:
            return self._taken(turn, slots, lambda: None)
        return self._taken(turn, slots, lambda: self.fill(turn, slots, requested))

    def _answered_in_front(self, turn: Turn, requested: str) -> list[Event]:
        answer, whole = reading.answer_in_front(turn.message, requested), turn.message
        if answer is None:
            return []
        turn.message = answer
        try:
            taken = self._answered(turn, requested)
        finally:
            turn.message = whole
        return [event for event in taken if event.get("name") != REQUESTED]  # asked for when the form goes on

    def _taken(self, turn: Turn, slots: Slots, take: Any) -> list[Event]:
        """Runs ``take``; what it cannot use is explained, and from the third time on a person is offered."""
        try:
            take()
            slots["tries"] = 0.0
            wanted = self.next_slot(turn, slots)  # it may fill some more
            return [*_events(slots), SlotSet(REQUESTED, wanted)]
        except (InvalidInput, NotFound, WrongCode) as error:
            self._explain(turn, slots, error)
        except ShopclerkError as error:
            turn.replies.append(sentence_for(error))
            return self._given_up()
        wanted = self.ask_again(turn, slots)
        return [*_events(slots), SlotSet(REQUESTED, wanted)]

    def ask_again(self, turn: Turn, slots: Slots) -> str | None:
        """What to ask for after a value that could not be used."""
        return next((name for name in self.slots if slots.get(name) is None), None) or self.next_slot(turn, slots)

    def _given_up(self) -> list[Event]:
        """The form cannot go on: too many tries, or a service is away. The goal stays: the rule that ends the form
        looks at it, and its action finds nothing to do."""
        return [*(SlotSet(name, None) for name in self.slots if name != "goal"), SlotSet(REQUESTED, None)]

    def _explain(self, turn: Turn, slots: Slots, error: ShopclerkError) -> None:
        slots["tries"] = float(slots.get("tries") or 0.0) + 1
        buttons = error.buttons if isinstance(error, WrongValue) else ()
        if slots["tries"] >= TRIES_BEFORE_PERSON:
            text = f"{error.message} We can go on trying, or a person from our team helps you."
            turn.say(text, buttons=(PERSON, *(item for item in buttons if item != PERSON), STOP))
        else:
            turn.say(error.message, buttons=buttons)

    def _is_other_wish(self, turn: Turn, requested: str) -> bool:
        if turn.message.is_button:
            return turn.message.intent not in self.own_intents | ANSWERS and not self.is_answer(turn, requested)
        if self.is_answer(turn, requested) or _is_gibberish(turn):
            return False
        return turn.message.intent not in self.own_intents | ANSWERS


def called(turn: Turn, form: str) -> str:
    """What a form of this conversation does, as in "back to ..."."""
    change = CHANGES.get(turn.slots.get("change") or "") if form == CHANGE_FORM else None
    account = ACCOUNT_CHANGES.get(turn.slots.get("account") or "") if form == ACCOUNT_FORM else None
    found = change or account
    return found.called if found is not None else CALLED.get(form, "that")


def put_away(turn: Turn) -> list[Event]:
    """The change of an order that another wish interrupts, kept to be offered again."""
    kind, number = turn.slots.get("change"), turn.slots.get("order_id")
    return [SlotSet("put_away", {"kind": kind, "order_id": number})] if kind in CHANGES and number else []


def left_open(turn: Turn, form: str) -> str | None:
    """The order of the form that ran when a wish for ``form`` came: who is asked for its e-mail address and wants to
    cancel "my order" instead means the same one, but for a number or words that say another."""
    names_another = reading.order_number(turn.message) or reading.means_another(turn.message)
    if turn.message.is_button or names_another or _left_form(turn, form) is None:
        return None
    number = turn.slots.get("order_id")
    return str(number) if number else None


def _is_gibberish(turn: Turn) -> bool:
    """A few words that nobody understands are meant as the value that was asked for."""
    return turn.message.intent == "out_of_scope" and len(turn.message.text.split()) <= GIBBERISH_WORDS


def _events(slots: Slots) -> list[Event]:
    return [SlotSet(name, value) for name, value in slots.items()]


def _rejected(turn: Turn, form: str) -> bool:
    """Whether this form handed the message to the rules a moment ago and is asked to go on now."""
    return any(event.get("event") == "action_execution_rejected" and event.get("name") == form for event in turn.events)


def _activated(turn: Turn, form: str) -> bool:
    started = (event.get("event") == "active_loop" and event.get("name") == form for event in turn.events)
    return turn.active_form != form or any(started)


def _left_form(turn: Turn, form: str) -> str | None:
    """The form that ran when the message came, if it is another one."""
    names = [event.get("name") for event in turn.earlier if event.get("event") == "active_loop"]
    return names[-1] if names and names[-1] != form else None
