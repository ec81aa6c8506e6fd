"""ticket_form: what happened, and where to answer."""

from __future__ import annotations

import re

from actions.buttons import PERSON, STOP
from actions.forms import reading
from actions.forms.base import FormValidation, Slots, WrongValue
from actions.message import Message
from actions.services.masking import clean_email
from actions.turn import Turn
from contract.conversation import PHOTO_TEXT

NO_EMAIL = "I need an e-mail address like name@example.com, so that our team can answer you."
TOO_SHORT = "A few more words, please: what happened, and what would you like us to do?"
MAX_TEXT = 2000
ADD_PHOTO = {"web": "You can add a photo with the paperclip.", "rest": ""}
SEND_PHOTO = "You can send a photo of it, too."  # on all messengers
HAVE_PHOTO = "Thank you, I have your photo. Please also tell me in a few words what happened."
NO_TICKET = "If you don't want a ticket, press “Stop”. Else tell me in a few words what happened."
NEEDS_PHOTO = ("damaged_item", "wrong_item", "wrong_color")
LEAVING = ("stop", "deny", "contact_human_agent", "goodbye")
_FORGET_IT = re.compile(
    r"\b(forget|cancel|drop|no) (about )?(it|that|this|((the|this|that|my) )?ticket)\b", re.IGNORECASE
)
_STOP_AT_ITS_END = re.compile(r"[,.;!]\s*(please )?stop( please| now| here)?\W*$", re.IGNORECASE)


class ValidateTicketForm(FormValidation):
    """Takes the shopper's words as they are; a verified customer is answered at the address on file."""

    action_name = "validate_ticket_form"
    form = "ticket_form"
    slots = ("ticket_topic", "order_id", "ticket_text", "ticket_email")
    own_intents = frozenset({"complaint"})

    def begin(self, turn: Turn, slots: Slots) -> None:
        slots["ticket_topic"] = turn.message.first("choice") or turn.message.intent
        slots["order_id"] = turn.message.first("order_id")
        hint = ADD_PHOTO.get(turn.context.channel, SEND_PHOTO)
        if hint and slots["ticket_topic"] in NEEDS_PHOTO and not turn.context.photos:
            turn.say(hint)

    def fill(self, turn: Turn, slots: Slots, requested: str) -> None:
        if requested == "ticket_email":
            given = reading.email(turn.message)
            if given is None:
                raise WrongValue(NO_EMAIL, PERSON)
            slots["ticket_email"] = clean_email(given)
            return
        if turn.message.is_button and turn.message.first("choice"):
            slots["ticket_topic"] = turn.message.first("choice")
            return
        if turn.message.text == PHOTO_TEXT:
            raise WrongValue(HAVE_PHOTO)
        if turn.message.is_button or len(turn.message.text.split()) < 2:
            raise WrongValue(TOO_SHORT)
        if _sounds_like_no(turn.message):
            raise WrongValue(NO_TICKET, STOP)
        slots["ticket_text"] = turn.message.text.strip()[:MAX_TEXT]

    def is_answer(self, turn: Turn, requested: str) -> bool:
        message = turn.message
        if message.text == PHOTO_TEXT:
            return True
        if requested == "ticket_email":
            return reading.is_bare(message, reading.email(message))
        return not (message.is_button or _leaves(message) or _is_question(message.text))

    def next_slot(self, turn: Turn, slots: Slots) -> str | None:
        if slots["ticket_text"] is None:
            return "ticket_text"
        return "ticket_email" if slots["ticket_email"] is None and not turn.viewer.verified else None

    def ask_again(self, turn: Turn, slots: Slots) -> str | None:
        return self.next_slot(turn, slots)


def _leaves(message: Message) -> bool:
    """A long message that only sounds like a way out is the ticket's text."""
    is_short = len(message.text.split()) <= reading.FEW_WORDS
    return message.intent in LEAVING and (is_short or bool(_STOP_AT_ITS_END.search(message.text)))


def _sounds_like_no(message: Message) -> bool:
    return len(message.text.split()) <= reading.FEW_WORDS and bool(_FORGET_IT.search(message.text))


def _is_question(text: str) -> bool:
    """A short question is for now; a story that ends with one is the ticket's text."""
    return text.rstrip().endswith("?") and len(text.split()) <= 12
