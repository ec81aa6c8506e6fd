"""Answers from the knowledge base, with their source. Nothing is made up where there is none."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button, ticket
from actions.changes.naming import way_in
from actions.forms.reading import is_question, order_number
from actions.intent_titles import title
from actions.turn import Event, Turn
from contract.conversation import Button

_NEEDS_PERSON = (
    "bulk_order complaint damaged_item get_refund missing_item "
    "missing_parcel payment_issue price_match promo_code_issue recover_password registration_problems "
    "reorder wrong_charge wrong_color wrong_item warranty "
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
    """Says what the knowledge base knows about the intent of the message."""

    action_name = "action_answer_knowledge"

    def perform(self, turn: Turn) -> list[Event]:
        intent = turn.message.intent
        answer = answer_for(turn, intent)
        if answer is None:
            turn.say(
                f"I have no sure answer about that ({title(intent).rstrip('?').lower()}), and I don't want to guess. "
                "Our team can tell you.",
                buttons=[ticket(intent, "Open a ticket"), PERSON],
            )
        else:
            turn.say(answer.text, source=answer.source, buttons=ways_on(intent))
        return []


class ActionPutRight(ActionAnswerKnowledge):
    """Something came wrong: says what can be done about it. Who says what shall be done goes on with that."""

    action_name = "action_put_right"

    def perform(self, turn: Turn) -> list[Event]:
        message = turn.message
        if not message.is_button and not is_question(message) and way_in(message.text):
            return [SlotSet("next_flow", "change")]
        number = order_number(message)
        spoken_of = [SlotSet("last_order", number)] if number else []
        return [*super().perform(turn), *spoken_of, SlotSet("next_flow", None)]


def ways_on(intent: str) -> list[Button]:
    """Buttons under an answer about ``intent``."""
    changes = [button(title(change), change) for change in CHANGES_FOR.get(intent, ())]
    return [*changes, ticket(intent), PERSON] if intent in NEEDS_PERSON else changes


def answer_for(turn: Turn, intent: str) -> Any | None:
    """What the knowledge base says about an intent; None where it says nothing."""
    try:
        return turn.runtime.knowledge.answer(intent)
    except ImportError:
        return None


def hits_for(turn: Turn, text: str, limit: int = 3) -> list[Any]:
    """Passages of the knowledge base near to ``text``, best first."""
    try:
        return list(turn.runtime.knowledge.search(text, limit=limit))
    except ImportError:
        return []
