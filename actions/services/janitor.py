"""Forgets what is no longer needed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Attempt, IdempotencyRow, OneTimeCode, OutboxMail

KEEP_KEYS = timedelta(days=30)
KEEP_MAIL_TEXT = timedelta(days=30)
KEEP_SHORT_LIVED = timedelta(hours=1)
SHORT_LIVED = ("Your code", "Your account is deleted")
KEEP_ATTEMPTS = timedelta(days=1)


def prune(session: Session) -> None:
    """Deletes old tries, codes and keys, and empties mails that were sent long ago, with their addresses."""
    now = utc_now()
    session.execute(delete(Attempt).where(Attempt.at < now - KEEP_ATTEMPTS))
    session.execute(delete(OneTimeCode).where(OneTimeCode.expires_at < now - KEEP_ATTEMPTS))
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < now - KEEP_KEYS))
    # A code is not kept once its mail is out and it is over, nor the address of an account that is deleted.
    is_short_lived = OutboxMail.subject.in_(SHORT_LIVED)
    for which, keep in ((OutboxMail.state == "sent", KEEP_MAIL_TEXT), (is_short_lived, KEEP_SHORT_LIVED)):
        is_over = (OutboxMail.sent_at < now - keep, OutboxMail.recipient != "")
        session.execute(update(OutboxMail).where(which, *is_over).values(body="", recipient=""))
