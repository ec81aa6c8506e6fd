"""What keeps a dialogue going: leaving a form, a detail that nobody asked for, and not understanding."""

from __future__ import annotations

import re

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import HELP, PERSON, button, ticket
from actions.changes import CHANGES
from actions.changes.naming import demanded_in
from actions.forms.base import CHANGE_FORM
from actions.forms.reading import email, means_the_last, order_number
from actions.intent_titles import NEVER_SUGGESTED, title
from actions.topics.changed import says_how
from actions.topics.knowledge import sure_answer_for
from actions.topics.products import note_waiting
from actions.topics.refining import refine
from actions.topics.search import SEARCHABLE
from actions.topics.slots import flow_ends
from actions.turn import Event, Turn
from contract.conversation import PHOTO_TEXT, Button
from contract.nlu import FALLBACK_INTENT

LEFT = {
    "order_form": "Okay, we leave that order alone.",
    "buy_form": "Okay, I ordered nothing.",
    "account_form": "Okay, your account stays as it is.",
    "promo_form": "Okay, no code then.",
    "verify_form": "Okay, no code then.",
    "ticket_form": "Okay, I opened no ticket.",
}
SETTLED = {
    "affirm": "Good! What would you like to do next?",
    "deny": "No problem. Is there anything else?",
}
STOPPED = "Okay, we leave it there. What else can I do for you?"
TICKET = ticket("complaint", "Open a ticket")
_CANCELS = re.compile(r"\bcancel\b", re.IGNORECASE)
_NOT = re.compile(r"n['’]t\b|\b(not|never|cannot|dont|wont)\b", re.IGNORECASE)
_ASKS_ABOUT_IT = re.compile(r"\b(why|when|how|who|did|was|were|has|have you)\b", re.IGNORECASE)
LOST = ("action_fallback", "action_out_of_scope")
LIKELY = 0.12
SUGGESTIONS = 2


class ActionLeaveForm(ShopAction):
    action_name = "action_leave_form"

    def perform(self, turn: Turn) -> list[Event]:
        turn.say(f"{_left(turn)} What else can I do for you?")
        return [*flow_ends(turn), SlotSet("next_flow", None)]


class ActionReplyOutside(ShopAction):
    """A yes, a no or a stop where nothing is asked. "Then cancel #W1234567", or "cancel it" after one was spoken of, is
    a wish about that order, "not that brand" is about what was shown."""

    action_name = "action_reply_outside"

    def perform(self, turn: Turn) -> list[Event]:
        if _wants_change(turn):
            return [SlotSet("next_flow", "change")]
        if turn.message.intent == "deny" and says_how(turn):
            return [*refine(turn), SlotSet("next_flow", None)]
        turn.say(SETTLED.get(turn.message.intent, STOPPED))
        return [SlotSet("next_flow", None)]


def _wants_change(turn: Turn) -> bool:
    """Whether a change is clearly asked for, of an order that is named or was spoken of."""
    message = turn.message
    is_about_one = order_number(message) or (turn.slots.get("last_order") and means_the_last(message))
    if message.is_button or not is_about_one or _NOT.search(message.text) or _ASKS_ABOUT_IT.search(message.text):
        return False
    return bool(demanded_in(message.text) or (message.intent == "stop" and _CANCELS.search(message.text)))


def _left(turn: Turn) -> str:
    change = CHANGES.get(turn.slots.get("change") or "") if turn.active_form == CHANGE_FORM else None
    return change.left if change is not None else LEFT.get(turn.active_form or "", "Okay, we leave it there.")


class ActionInformOutside(ShopAction):
    """A detail without a question: an order number starts the order form, others go on with what we talked about."""

    action_name = "action_inform_outside"

    def perform(self, turn: Turn) -> list[Event]:
        if order_number(turn.message):
            return [SlotSet("next_flow", "order")]
        if turn.message.text == PHOTO_TEXT:
            _thank_for_photo(turn)
            return [SlotSet("next_flow", None)]
        if email(turn.message) and turn.slots.get("waiting_notice"):
            return [*note_waiting(turn, self.action_name), SlotSet("next_flow", None)]
        if turn.slots.get("search") and (turn.message.first(*SEARCHABLE) or says_how(turn)):
            return [*refine(turn), SlotSet("next_flow", None)]
        turn.say("Thank you. What would you like me to do with that?", buttons=[HELP, PERSON])
        return [SlotSet("next_flow", None)]


class ActionFallback(ShopAction):
    """Not understood: an order, or what was shown, changed, where the words clearly ask for that; an answer if we are
    very sure of it; else the two likeliest wishes as buttons."""

    action_name = "action_fallback"

    def perform(self, turn: Turn) -> list[Event]:
        if turn.message.intent != FALLBACK_INTENT:  # understood, but the dialogue knew no way on
            return self._answered(turn)
        if _wants_change(turn):
            return [SlotSet("next_flow", "change")]
        return [*self._answered(turn), SlotSet("next_flow", None)]

    def _answered(self, turn: Turn) -> list[Event]:
        if turn.message.text == PHOTO_TEXT:
            _thank_for_photo(turn)
            return []
        if says_how(turn):
            return refine(turn)
        answer, guesses = sure_answer_for(turn), suggestions(turn)
        if answer is not None:
            turn.say(answer.text, source=answer.source, buttons=[PERSON])
        elif _was_lost(turn):
            turn.say(
                "I still don't understand, sorry. Shall a person help you, or our team answer by mail?",
                buttons=[PERSON, TICKET, *guesses],
            )
        elif guesses:
            turn.say("I'm not sure that I understood you. Did you mean one of these?", buttons=[*guesses, PERSON])
        else:
            turn.say("I did not understand that. Could you say it another way?", buttons=[HELP, PERSON])
        return []


class ActionOutOfScope(ShopAction):
    """Understood as something that no shop does."""

    action_name = "action_out_of_scope"

    def perform(self, turn: Turn) -> list[Event]:
        if turn.message.text == PHOTO_TEXT:
            _thank_for_photo(turn)
            return []
        turn.say(
            "That's something I can't help with. I know about orders, deliveries, returns and our products.",
            buttons=[PERSON, TICKET, HELP] if _was_lost(turn) else [HELP, PERSON],
        )
        return []


def _thank_for_photo(turn: Turn) -> None:
    """Nobody looks at pictures here: the words decide, and a ticket brings the photo to our team."""
    topics = [ticket("damaged_item", "It is damaged"), ticket("wrong_item", "It is the wrong item")]
    turn.say("Thank you for the photo. What is it about? Our team can look at it.", buttons=[*topics, PERSON])


def suggestions(turn: Turn) -> list[Button]:
    """The two likeliest intents with a title that makes sense as a button."""
    likely = [
        name
        for name, confidence in turn.message.ranking
        if confidence >= LIKELY and name not in NEVER_SUGGESTED | {FALLBACK_INTENT, "contact_human_agent"}
    ]
    return [button(title(name), name) for name in likely[:SUGGESTIONS]]


def _was_lost(turn: Turn) -> bool:
    """Whether the shopper's message before this one was not understood, or out of scope, either."""
    for event in reversed(turn.earlier[:-1]):
        if event.get("event") == "user":
            return False
        if event.get("event") == "action" and event.get("name") in LOST:
            return True
    return False
