"""The account deleted, with the data in it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.account.base import AccountChange, Slots
from actions.services import erasure
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn
from actions.wording import listed


class Deletion(AccountChange):
    name = "delete"
    intent = "delete_account"
    title = "Delete my account"
    called = "deleting your account"
    assent = "delete it"
    kept = "Okay, your account stays."

    def why_not(self, turn: Turn) -> str | None:
        with turn.reading() as session:
            return erasure.quote(session, turn.viewer).why_not

    def read_back(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        with turn.reading() as session:
            lost = listed([turn.money(left) for left in erasure.quote(session, turn.viewer).lost])
        cards = f" What is left on your gift cards (**{lost}**) is lost." if lost else ""
        return (
            "delete your account for good: your name, e-mail address, addresses, ways of payment, what you looked at "
            "and our conversations. Orders and invoices stay for as long as tax law demands, without being usable for "
            "anything else."
            f"{cards} This can't be undone. Shall I delete it?"
        )

    def make(self, turn: Turn, session: Session, slots: Slots, key: IdempotencyKey) -> str:  # noqa: ARG002
        erased = erasure.erase(session, turn.viewer, key)
        turn.effect("forgotten", customer_id=erased.customer_id)
        return (
            "Done: your account is deleted, and the data in it. This chat is erased a little while after you leave it. "
            "A last mail confirms the deletion. Goodbye, and all the best."
        )
