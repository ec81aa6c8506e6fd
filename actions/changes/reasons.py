"""Why: one of the policy's reasons, or any words where the policy takes any."""

from __future__ import annotations

from typing import Any

from rapidfuzz import fuzz

from actions.buttons import button
from actions.changes.base import Detail, Slots, policy_of
from actions.forms import reading
from actions.message import Message
from actions.services.policy import Rule
from actions.turn import Turn

MAX_REASON = 300
LEAVING = ("stop", "contact_human_agent", "help")
SMALL_TALK = ("insult", "thanks", "greet", "how_are_you", "bot_challenge")
ALIKE = 75.0  # of 100


class Why(Detail):
    slot = "reason"

    def __init__(self, kind: str, question: str) -> None:
        self._kind, self._question = kind, question

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:  # noqa: ARG002
        """Only what is offered counts in passing: the rest of a message has a meaning of its own."""
        said = (message.first("choice") or "") if message.is_button else message.text
        return next((reason for reason in self._rule(turn).reasons if _alike(said, reason)), None)

    def ask(self, turn: Turn, slots: Slots) -> None:  # noqa: ARG002
        titles = self._rule(turn).reasons
        turn.say(self._question, buttons=[button(_capital(title), "inform", choice=title) for title in titles])

    def take(self, turn: Turn, slots: Slots) -> Any:
        message = turn.message
        if message.is_button or self._rule(turn).only_these_reasons or not message.text.strip():
            return super().take(turn, slots)
        return message.text.strip()[:MAX_REASON]

    def is_answer(self, turn: Turn, slots: Slots) -> bool:  # noqa: ARG002
        """Any words are a reason, but a question, a way out, or small talk is none."""
        message = turn.message
        if message.is_button:
            return message.first("choice") is not None
        is_short = len(message.text.split()) <= reading.FEW_WORDS
        is_chat = message.intent in SMALL_TALK and message.confidence >= reading.SURE
        is_none = is_short and (message.intent in LEAVING or is_chat)
        return not is_none and not reading.is_question(message)

    def unclear(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        return f"I can only do it for one of these reasons: {', or '.join(self._rule(turn).reasons)}."

    def _rule(self, turn: Turn) -> Rule:
        return policy_of(turn).rule(self._kind)


def _alike(said: str, reason: str) -> bool:
    return len(said) >= len(reason) // 2 and fuzz.partial_ratio(said.lower(), reason.lower()) >= ALIKE


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
