"""A new account, for an address that a code has proved."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.account.base import AccountChange, Slots
from actions.account.names import FullName
from actions.services import accounts
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn


class Creation(AccountChange):
    name = "create"
    intent = "create_account"
    title = "Create an account"
    called = "your new account"
    assent = "create it"
    kept = "Okay, I created no account."
    value = FullName()
    for_strangers = True
    proves_contact = True

    def why_not(self, turn: Turn) -> str | None:
        if not turn.viewer.verified:
            return None
        with turn.reading() as session:
            known = accounts.account(session, turn.viewer)
        return f"You have an account already, with the address {known.email}, and I know that it's you."

    def read_back(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        name, email = " ".join(slots["value"]), slots["contact"]
        return f"create an account for **{name}** with the address {email}. Shall I create it?"

    def make(self, turn: Turn, session: Session, slots: Slots, key: IdempotencyKey) -> str:
        first, last = slots["value"]
        made = accounts.create(session, slots["contact"], first, last, key)
        turn.effect("verified", customer_id=made.customer_id)
        return (
            f"Done: your account is there, {made.first_name}. A mail confirms it. For signing in on our pages, choose "
            "“Forgot your password?” there and set a password of your own."
        )
