"""The newsletter, on or off."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from actions.account.base import AccountChange, Choice, Slots
from actions.services import accounts
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn

_OFF = re.compile(
    r"\b(un-?subscri\w*|opt(?:ing)? out|stop\w*|cancel\w*|no (?:more|longer)|off|remove|quit|get rid|end|don'?t|not"
    r"|unwanted)\b",
    re.IGNORECASE,
)
_ON = re.compile(r"\b(subscri\w*|sign\w*|join|want|get|receiv\w*|opt(?:ing)? in|on|add|register|like)\b", re.IGNORECASE)


class OnOrOff(Choice):
    """``on`` or ``off``."""

    question = "Would you like to get the newsletter, or get it no longer?"
    titles = {"on": "Subscribe", "off": "Unsubscribe"}  # noqa: RUF012
    meant = ("newsletter_subscription", "inform", "affirm", "deny", "stop")

    def named_in(self, text: str) -> str | None:
        if _OFF.search(text):
            return "off"
        return "on" if _ON.search(text) else None


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
