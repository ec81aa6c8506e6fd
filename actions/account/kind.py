"""A private account made a business account, or the other way."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.orm import Session

from actions.account.base import VALUE, AccountChange, Slots
from actions.buttons import button
from actions.changes.base import Detail
from actions.forms import reading
from actions.message import Message
from actions.services import accounts
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn

MEANT = ("switch_account", "inform")
_WORDS = {
    "business": re.compile(r"\b(business|company|corporate|firm|commercial|professional|pro)\b", re.IGNORECASE),
    "private": re.compile(r"\b(private|personal|individual|consumer|standard)\b", re.IGNORECASE),
}
_WISHED = re.compile(r"\b(?:to|into|as|want|need)\b(.*)", re.IGNORECASE)


class WhichKind(Detail):
    """``private`` or ``business``."""

    slot = VALUE

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:  # noqa: ARG002
        if message.is_button:
            chosen = message.first("choice")
            return chosen if chosen in _WORDS else None
        wished = _WISHED.search(message.text)
        for text in (wished[1] if wished else "", message.text):
            named = [kind for kind, pattern in _WORDS.items() if pattern.search(text)]
            if len(named) == 1:
                return named[0]
        return None

    def is_answer(self, turn: Turn, slots: Slots) -> bool:
        is_meant = turn.message.is_button or turn.message.confidence < reading.SURE or turn.message.intent in MEANT
        return is_meant and super().is_answer(turn, slots)

    def ask(self, turn: Turn, slots: Slots) -> None:  # noqa: ARG002
        turn.say(
            "Which kind of account would you like?",
            buttons=[
                button("Business account", "inform", choice="business"),
                button("Private account", "inform", choice="private"),
            ],
        )


class OtherKind(AccountChange):
    name = "kind"
    intent = "switch_account"
    title = "Kind of account"
    called = "the kind of your account"
    assent = "change it"
    value = WhichKind()

    def read_back(self, turn: Turn, slots: Slots) -> str:
        with turn.reading() as session:
            now = accounts.account(session, turn.viewer).kind
        return f"make your account a **{slots['value']} account** (it is a {now} account now). Shall I change it?"

    def make(self, turn: Turn, session: Session, slots: Slots, key: IdempotencyKey) -> str:
        done = accounts.set_kind(session, turn.viewer, slots["value"], key)
        return f"Done: yours is a **{done.kind} account** now. Your orders and your prices stay as they are."
