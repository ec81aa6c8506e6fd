"""Forgets what is no longer needed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Attempt, IdempotencyRow, OneTimeCode, OutboxMail
from actions.services import recommended

KEEP_KEYS = timedelta(days=30)
KEEP_MAIL_TEXT = timedelta(days=30)
KEEP_ATTEMPTS = timedelta(days=1)


def prune(session: Session, recommendation_days: int) -> None:
    """Deletes old tries, codes and keys, what was recommended so many days ago, and the text of mails sent long ago."""
    now = utc_now()
    session.execute(delete(Attempt).where(Attempt.at < now - KEEP_ATTEMPTS))
    session.execute(delete(OneTimeCode).where(OneTimeCode.expires_at < now - KEEP_ATTEMPTS))
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < now - KEEP_KEYS))
    recommended.prune(session, recommendation_days)
    # A code is not kept once its mail is out and it is over.
    sent = (OutboxMail.state == "sent", OutboxMail.body != "")
    is_code = OutboxMail.subject == "Your code"
    session.execute(update(OutboxMail).where(*sent, OutboxMail.sent_at < now - KEEP_MAIL_TEXT).values(body=""))
    session.execute(
        update(OutboxMail).where(*sent, is_code, OutboxMail.sent_at < now - timedelta(hours=1)).values(body="")
    )
