"""Puts mails into the outbox, in the transaction of the change that they tell about."""

from __future__ import annotations

import hashlib
import uuid

from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import OutboxMail
from actions.services.idempotency import IdempotencyKey


def enqueue(session: Session, recipient: str, subject: str, body: str, key: IdempotencyKey | None = None) -> None:
    """Notes a mail to be sent once this transaction is committed.

    With ``key`` the Message-ID is derived from it, so that every copy of the mail has the same one.
    """
    now = utc_now()
    mail = OutboxMail(
        message_id=_message_id(key),
        recipient=recipient,
        subject=subject.replace("\r", " ").replace("\n", " ")[:200],
        body=body,
        created_at=now,
        next_try_at=now,
    )
    session.add(mail)


def _message_id(key: IdempotencyKey | None) -> str:
    if key is None:
        return uuid.uuid4().hex
    text = "\0".join((key.conversation_id, key.message_id, key.action))
    return hashlib.sha256(text.encode()).hexdigest()[:40]
