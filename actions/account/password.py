"""A link by mail with which a new password is set."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.account.base import AccountChange, Slots
from actions.services import passwords
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn


class NewPassword(AccountChange):
    """Nothing changes, and the link goes to the customer only."""

    name = "password"
    intent = "recover_password"
    title = "My password"
    called = "your password"
    assent = "send it"
    for_strangers = True
    needs_yes = False

    def is_offered(self, turn: Turn) -> bool:
        return bool(turn.settings.password_reset_url)

    def read_back(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        return f"mail a link for a new password to {slots['contact']}. Shall I?"

    def make(self, turn: Turn, session: Session, slots: Slots, key: IdempotencyKey) -> str:
        email = slots["contact"]
        sent = passwords.send_link(session, turn.viewer.conversation_id, email, turn.settings, key)
        return (
            f"If {sent.sent_to_masked} belongs to an account here, a link for a new password is on its way there. "
            f"It is good for {sent.valid_minutes} minutes. I never ask for your password."
        )
