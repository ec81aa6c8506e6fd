"""A private account made a business account, or the other way."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from actions.account.base import AccountChange, Choice, Slots
from actions.services import accounts
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn

_WORDS = {
    "business": re.compile(r"\b(business|company|corporate|firm|commercial|professional|pro)\b", re.IGNORECASE),
    "private": re.compile(r"\b(private|personal|individual|consumer|standard)\b", re.IGNORECASE),
}
_WISHED = re.compile(r"\b(?:to|into|as|want|need)\b(.*)", re.IGNORECASE)


class WhichKind(Choice):
    """``private`` or ``business``."""

    question = "Which kind of account would you like?"
    titles = {"business": "Business account", "private": "Private account"}  # noqa: RUF012
    meant = ("switch_account", "inform")

    def named_in(self, text: str) -> str | None:
        wished = _WISHED.search(text)
        for part in (wished[1] if wished else "", text):
            named = [kind for kind, pattern in _WORDS.items() if pattern.search(part)]
            if len(named) == 1:
                return named[0]
        return None


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
