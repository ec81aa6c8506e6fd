"""Sends what lies in the outbox: over SMTP, or into files of ``var_dir/mail`` where no server is set.

At least once: a worker that dies between sending and noting it sends again, with the same Message-ID.
"""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from actions.db.clock import utc_now
from actions.db.engine import transaction
from actions.db.models import OutboxMail
from actions.services.janitor import prune
from actions.services.stock_news import announce_stock
from actions.services.transport import Transport, make_transport
from contract.settings import Settings
from contract.wire import ShopclerkError

log = structlog.get_logger(__name__)
BATCH = 10
LEASE = timedelta(seconds=90)
MAX_TRIES = 10
LONGEST_WAIT = timedelta(hours=6)
PRUNE_EVERY = timedelta(hours=1)


class OutboxWorker:
    """Several may run at once: each mail is leased to one of them at a time.

    Args:
        sessions: writing sessions of the shop's database.
        settings: ``smtp_url``, ``mail_from``, ``shop_name`` and ``var_dir`` are used.
    """

    def __init__(self, sessions: sessionmaker[Session], settings: Settings) -> None:
        self._sessions = sessions
        self._settings = settings
        self._transport: Transport = make_transport(settings)
        self._pruned_at: datetime | None = None

    def run_once(self) -> int:
        """Sends what is due; returns how many mails were sent.

        Raises:
            Unavailable: the database does not answer.
        """
        sent = 0
        with transaction(self._sessions) as session:
            announce_stock(session)
        while mails := self._claim():
            sent += sum(self._send(mail) for mail in mails)
        self._prune()
        return sent

    def run_forever(self, stop: threading.Event, *, every_s: float = 2.0) -> None:
        """Until ``stop`` is set. A database that is down is waited for."""
        while not stop.is_set():
            try:
                self.run_once()
            except ShopclerkError as error:
                log.warning("outbox_waits", reason=error.message)
            stop.wait(every_s)

    def _claim(self) -> list[OutboxMail]:
        now = utc_now()
        free = or_(OutboxMail.leased_until.is_(None), OutboxMail.leased_until < now)
        due = select(OutboxMail).where(OutboxMail.state == "pending", OutboxMail.next_try_at <= now, free)
        with transaction(self._sessions) as session:
            mails = list(session.scalars(due.order_by(OutboxMail.id).limit(BATCH).with_for_update(skip_locked=True)))
            for mail in mails:
                mail.lease, mail.leased_until, mail.tries = uuid.uuid4().hex, now + LEASE, mail.tries + 1
        return mails

    def _send(self, mail: OutboxMail) -> bool:
        try:
            self._transport.send(self._message(mail))
        except Exception as error:  # whatever a mail server does: the mail waits and is tried again
            log.warning("mail_not_sent", message_id=mail.message_id, tries=mail.tries, error=type(error).__name__)
            self._note(mail, **_after_failure(mail, error))
            return False
        self._note(mail, state="sent", sent_at=utc_now(), last_error=None)
        return True

    def _note(self, mail: OutboxMail, **values: object) -> None:
        mine = (OutboxMail.id == mail.id, OutboxMail.lease == mail.lease)
        with transaction(self._sessions) as session:
            session.execute(update(OutboxMail).where(*mine).values(lease=None, leased_until=None, **values))

    def _message(self, mail: OutboxMail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = f'"{self._settings.shop_name}" <{self._settings.mail_from}>'.replace("\n", " ")
        message["To"] = mail.recipient
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(mail.created_at)
        message["Message-ID"] = f"<{mail.message_id}@{self._settings.mail_from.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{mail.body}\n\n{self._settings.shop_name}\n")
        return message

    def _prune(self) -> None:
        now = utc_now()
        if self._pruned_at is None or now - self._pruned_at > PRUNE_EVERY:
            with transaction(self._sessions) as session:
                prune(session, self._settings.recommendation_days)
            self._pruned_at = now


def _after_failure(mail: OutboxMail, error: Exception) -> dict[str, object]:
    wait = min(timedelta(seconds=15 * 2**mail.tries), LONGEST_WAIT)
    state = "failed" if mail.tries >= MAX_TRIES else "pending"
    return {"state": state, "next_try_at": utc_now() + wait, "last_error": f"{type(error).__name__}: {error}"[:300]}
