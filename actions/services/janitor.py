"""Forgets what is no longer needed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, true, update
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Attempt, IdempotencyRow, OneTimeCode, OutboxMail
from actions.services import recommended

KEEP_KEYS = timedelta(days=30)
KEEP_MAIL_TEXT = timedelta(days=30)
KEEP_SHORT_LIVED = timedelta(hours=1)
KEEP_ATTEMPTS = timedelta(days=1)
SHORT_LIVED = ("Your code", "Your account is deleted")
NO_MAIL: dict[str, str | None] = {"recipient": "", "body": "", "last_error": None}


def prune(session: Session, recommendation_days: int) -> None:
    """Deletes old tries, codes and keys, what was recommended so many days ago, and empties mails that were sent or
    given up long ago."""
    now = utc_now()
    session.execute(delete(Attempt).where(Attempt.at < now - KEEP_ATTEMPTS))
    session.execute(delete(OneTimeCode).where(OneTimeCode.expires_at < now - KEEP_ATTEMPTS))
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < now - KEEP_KEYS))
    recommended.prune(session, recommendation_days)
    # A code is not kept once its mail is out and it is over, nor the address of an account that is deleted.
    is_short_lived = OutboxMail.subject.in_(SHORT_LIVED)
    ended_at = func.coalesce(OutboxMail.sent_at, OutboxMail.created_at)
    for which, keep in ((true(), KEEP_MAIL_TEXT), (is_short_lived, KEEP_SHORT_LIVED)):
        is_over = (OutboxMail.state != "pending", OutboxMail.recipient != "", ended_at < now - keep)
        session.execute(update(OutboxMail).where(which, *is_over).values(**NO_MAIL))
