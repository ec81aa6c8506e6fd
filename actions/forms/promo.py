"""promo_form: which code."""

from __future__ import annotations

import re

from actions.buttons import PERSON
from actions.forms import reading
from actions.forms.base import FormValidation, Slots, WrongValue
from actions.message import Message
from actions.services.promotions import clean_code
from actions.turn import Turn
from contract.wire import InvalidInput

_CODE = re.compile(r"(?=[A-Z0-9_-]*[A-Z])(?=[A-Z0-9_-]*[0-9_-])[A-Z0-9_-]{4,32}")
_QUOTED = re.compile(r"[\"“'‘]([A-Za-z0-9_-]{3,32})[\"”'’]")


class ValidatePromoForm(FormValidation):
    """Takes the code from the first message where one is there."""

    action_name = "validate_promo_form"
    form = "promo_form"
    slots = ("promo_code",)
    own_intents = frozenset({"promo_code_issue"})

    def begin(self, turn: Turn, slots: Slots) -> None:
        slots["promo_code"] = code_in(turn.message)

    def fill(self, turn: Turn, slots: Slots, requested: str) -> None:  # noqa: ARG002
        code = code_in(turn.message) or _bare(turn.message)
        if code is None:
            raise WrongValue("I don't see a code in that. It looks like **WELCOME10**.", PERSON)
        slots["promo_code"] = code

    def is_answer(self, turn: Turn, requested: str) -> bool:  # noqa: ARG002
        if code_in(turn.message) is not None:
            return True
        is_clear = turn.message.confidence >= reading.SURE and turn.message.intent not in ("inform", "out_of_scope")
        return not is_clear and _bare(turn.message) is not None

    def next_slot(self, turn: Turn, slots: Slots) -> str | None:  # noqa: ARG002
        return "promo_code" if slots["promo_code"] is None else None


def code_in(message: Message) -> str | None:
    """The code that a message names: an entity, something quoted, or letters with digits in capitals."""
    if message.is_button:
        return message.first("promo_code")
    found = _QUOTED.search(message.text)
    shouted = _CODE.search(message.text)
    for text in (message.first("promo_code"), found[1] if found else None, shouted[0] if shouted else None):
        if text and any(sign.isalnum() for sign in text):
            try:
                return clean_code(text)
            except InvalidInput:
                continue
    return None


def _bare(message: Message) -> str | None:
    """The last word of a short answer: "it's welcome10"."""
    words = message.text.split()
    if message.is_button or not 1 <= len(words) <= reading.FEW_WORDS:
        return None
    try:
        return clean_code(words[-1])
    except InvalidInput:
        return None
