"""The newsletter, on or off."""

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

MEANT = ("newsletter_subscription", "inform", "affirm", "deny", "stop")
_OFF = re.compile(
    r"\b(un-?subscri\w*|opt(?:ing)? out|stop\w*|cancel\w*|no (?:more|longer)|off|remove|quit|get rid|end|don'?t|not"
    r"|unwanted)\b",
    re.IGNORECASE,
)
_ON = re.compile(r"\b(subscri\w*|sign\w*|join|want|get|receiv\w*|opt(?:ing)? in|on|add|register|like)\b", re.IGNORECASE)


class OnOrOff(Detail):
    """``on`` or ``off``."""

    slot = VALUE

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:  # noqa: ARG002
        if message.is_button:
            chosen = message.first("choice")
            return chosen if chosen in ("on", "off") else None
        if _OFF.search(message.text):
            return "off"
        return "on" if _ON.search(message.text) else None

    def is_answer(self, turn: Turn, slots: Slots) -> bool:
        is_meant = turn.message.is_button or turn.message.confidence < reading.SURE or turn.message.intent in MEANT
        return is_meant and super().is_answer(turn, slots)

    def ask(self, turn: Turn, slots: Slots) -> None:  # noqa: ARG002
        turn.say(
            "Would you like to get the newsletter, or get it no longer?",
            buttons=[button("Subscribe", "inform", choice="on"), button("Unsubscribe", "inform", choice="off")],
        )

    def unclear(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        return "I did not understand that. Please pick one of these."


class Newsletter(AccountChange):
    name = "newsletter"
    intent = "newsletter_subscription"
    title = "Newsletter"
    called = "the newsletter"
    assent = "do that"
    value = OnOrOff()

    def read_back(self, turn: Turn, slots: Slots) -> str:
        with turn.reading() as session:
            email = accounts.account(session, turn.viewer).email
        doing = (
            f"send the newsletter to {email}" if slots["value"] == "on" else f"send no newsletter to {email} any more"
        )
        return f"{doing}. Shall I do that?"

    def make(self, turn: Turn, session: Session, slots: Slots, key: IdempotencyKey) -> str:
        done = accounts.set_newsletter(session, turn.viewer, slots["value"] == "on", key)
        if done.newsletter:
            return f"Done: the newsletter comes to {done.email} from now on, about twice a month."
        return "Done: you get no newsletter any more. Mails about your orders still come."
