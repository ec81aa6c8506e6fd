"""Answers from the knowledge base, with their source. Nothing is made up where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button, ticket
from actions.changes.naming import way_in
from actions.forms.reading import is_question, order_number
from actions.intent_titles import title
from actions.turn import Event, Turn
from contract.conversation import Button

if TYPE_CHECKING:  # the knowledge base is loaded when it is first asked
    from actions.knowledge import Answer

_NEEDS_PERSON = (
    "bulk_order complaint damaged_item get_refund missing_item "
    "missing_parcel payment_issue price_match promo_code_issue recover_password registration_problems "
    "reorder review wrong_charge wrong_color wrong_item warranty "
)
NEEDS_PERSON = frozenset(_NEEDS_PERSON.split())
"""Intents that a person of the shop must finish: the answer comes with a button for a ticket."""


CHANGES_FOR = {
    "wrong_size": ("exchange_item", "return_item"),
    "wrong_color": ("exchange_item", "return_item"),
    "wrong_item": ("return_item",),
    "damaged_item": ("return_item",),
    "get_refund": ("return_item", "cancel_order"),
    "check_refund_policy": ("return_item", "track_refund"),
    "check_cancellation_fee": ("cancel_order",),
    "registration_problems": ("create_account",),
}
"""Intents that one of the changes of an order may serve: what is offered under the answer."""


class ActionAnswerKnowledge(ShopAction):
    """Says what the knowledge base knows about the intent of the message; where it has no article, about its words."""

    action_name = "action_answer_knowledge"

    def perform(self, turn: Turn) -> list[Event]:
        intent, number = turn.message.intent, order_number(turn.message)
        answer = answer_for(turn, intent) or sure_answer_for(turn)
        if answer is None:
            turn.say(
                f"I have no sure answer about that ({title(intent).rstrip('?').lower()}), and I don't want to guess. "
                "Our team can tell you.",
                buttons=[ticket(intent, "Open a ticket"), PERSON],
            )
        else:
            here = [button("Where is my order?", "track_order", order_id=number)] if number else []
            turn.say(in_other_words(turn, answer), source=answer.source, buttons=[*here, *ways_on(intent)])
        return [SlotSet("last_order", number)] if number else []


class ActionPutRight(ActionAnswerKnowledge):
    """Something came wrong: says what can be done about it. Who says what shall be done goes on with that."""

    action_name = "action_put_right"

    def perform(self, turn: Turn) -> list[Event]:
        message = turn.message
        if not message.is_button and not is_question(message) and way_in(message.text):
            return [SlotSet("next_flow", "change")]
        return [*super().perform(turn), SlotSet("next_flow", None)]


def ways_on(intent: str) -> list[Button]:
    """Buttons under an answer about ``intent``."""
    changes = [button(title(change), change) for change in CHANGES_FOR.get(intent, ())]
    note = ticket(intent, "Write a review here") if intent == "review" else ticket(intent)
    return [*changes, note, PERSON] if intent in NEEDS_PERSON else changes


def answer_for(turn: Turn, intent: str) -> Answer | None:
    """What the knowledge base says about an intent; None where it says nothing."""
    try:
        found: Answer | None = turn.runtime.knowledge.answer(intent, _words(turn))
    except ImportError:
        return None
    return found


def sure_answer_for(turn: Turn) -> Answer | None:
    """What a search for the message's words is sure of; None where it is not."""
    try:
        found: Answer | None = turn.runtime.knowledge.best(_words(turn))
    except ImportError:
        return None
    return found


def in_other_words(turn: Turn, answer: Answer) -> str:
    """The answer as said to this question, where the shop has set up generation; else word for word."""
    question = _words(turn)
    if turn.runtime.generator is None or not question:
        return answer.text
    return turn.runtime.generator.answer(question, [answer.text]) or answer.text


def _words(turn: Turn) -> str:
    """What was typed; nothing of a button."""
    return "" if turn.message.is_button else turn.message.text
