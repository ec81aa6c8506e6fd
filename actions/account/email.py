"""Another e-mail address, which a code proves."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.account.base import VALUE, AccountChange, Slots
from actions.changes.base import Detail
from actions.forms import reading
from actions.message import Message
from actions.services import accounts
from actions.services.idempotency import IdempotencyKey
from actions.services.masking import clean_email
from actions.turn import Turn
from contract.wire import InvalidInput


class Address(Detail):
    """An e-mail address in lower case."""

    slot = VALUE

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:  # noqa: ARG002
        given = reading.email(message)
        try:
            return clean_email(given) if given else None
        except InvalidInput:
            return None

    def ask(self, turn: Turn, slots: Slots) -> None:  # noqa: ARG002
        turn.say("What is the new e-mail address? I'll send a code there, to be sure that it's yours.")

    def unclear(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        return "I need an e-mail address like name@example.com."


class NewEmail(AccountChange):
    name = "email"
    title = "My e-mail address"
    called = "your e-mail address"
    assent = "change it"
    value = Address()
    proves_value = True

    def read_back(self, turn: Turn, slots: Slots) -> str:
        with turn.reading() as session:
            now = accounts.account(session, turn.viewer)
        return f"change the e-mail address of your account from {now.email} to **{slots['value']}**. Shall I change it?"

    def make(self, turn: Turn, session: Session, slots: Slots, key: IdempotencyKey) -> str:
        done = accounts.change_email(session, turn.viewer, slots["value"], key)
        return f"Done: mails go to {done.email} from now on, and you sign in with that address."
