"""Changes of a customer's own account, one file each. ``account_form`` takes all of them the same way."""

from __future__ import annotations

import re

from actions.account.address import DefaultAddress
from actions.account.base import AccountChange
from actions.account.creation import Creation
from actions.account.deletion import Deletion
from actions.account.email import NewEmail
from actions.account.kind import OtherKind
from actions.account.names import Renaming
from actions.account.newsletter import Newsletter
from actions.account.password import NewPassword
from actions.message import Message

ACCOUNT_CHANGES: dict[str, AccountChange] = {
    change.name: change
    for change in (
        Renaming(),
        NewEmail(),
        DefaultAddress(),
        Newsletter(),
        OtherKind(),
        NewPassword(),
        Creation(),
        Deletion(),
    )
}
BY_INTENT = {change.intent: change for change in ACCOUNT_CHANGES.values() if change.intent is not None}
UNSPECIFIC = "edit_account"
_TOPICS = {
    "password": re.compile(r"\bpass ?words?\b|\blog ?in\b", re.IGNORECASE),
    "email": re.compile(r"\be-?mails?\b|\bmail address\b", re.IGNORECASE),
    "newsletter": re.compile(r"\bnews ?letters?\b", re.IGNORECASE),
    "address": re.compile(r"\b(delivery|shipping|postal|home|street)? ?address\b|\bmoved\b", re.IGNORECASE),
    "name": re.compile(r"\b(name|surname|married|misspel\w*)\b", re.IGNORECASE),
    "kind": re.compile(r"\b(business|company|private|personal) account\b", re.IGNORECASE),
}


def account_change_of(message: Message) -> AccountChange | None:
    """What a message wants to change of the account; None where it does not say what."""
    named = ACCOUNT_CHANGES.get(message.first("choice") or "") if message.is_button else None
    return named or BY_INTENT.get(message.intent) or (None if message.is_button else topic_in(message.text))


def topic_in(text: str) -> AccountChange | None:
    """The change that a text speaks of, by its words: the first that is named."""
    return next((ACCOUNT_CHANGES[name] for name, pattern in _TOPICS.items() if pattern.search(text)), None)
