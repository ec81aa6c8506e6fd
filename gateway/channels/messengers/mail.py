"""E-mail: a mailbox that is looked into, and one mail for all that there is to say."""

from __future__ import annotations

import asyncio
import hashlib
import html
import imaplib
import smtplib
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from email.message import EmailMessage

from contract.settings import Settings
from contract.wire import TooLarge, Unavailable
from gateway import logs
from gateway.channels.messengers import mail_servers
from gateway.channels.messengers.mail_reading import NAME, read_mail
from gateway.channels.messengers.mail_servers import Mailbox, MailServer, Refused
from gateway.channels.messengers.messages import Bubble, Look, NotDelivered, PhotoSource
from gateway.channels.messengers.receiving import Receiver
from gateway.channels.messengers.rich import as_html, plain
from gateway.photos import MEGABYTE, too_large
from gateway.ratelimits import RateLimit
from gateway.store.deliveries import Address

NEEDED = ("email_imap_url", "email_address", "smtp_url")
MAILS_PER_HOUR = 30  # of one sender: no two robots talk for long, whatever their headers say
AT_ONCE = 50
LONGEST_PAUSE_S = 300.0
MAX_TEXT = 1_000_000
TOGETHER = "The photos of your mail are too large together. Please send each in a mail of its own."

log = logs.get()


class Mail:
    name = NAME
    writes_within_s = 0.0  # the shop has a mail of its own for that
    look = Look(text=MAX_TEXT, markup=plain, is_joined=True)

    def __init__(self, settings: Settings) -> None:
        self._settings, self._server = settings, MailServer(settings.smtp_url)

    async def send(self, address: Address, bubble: Bubble) -> None:
        try:
            await asyncio.to_thread(self._server.send, written(address, bubble, self._settings))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise NotDelivered(f"smtp {codes}", is_permanent=min(codes) >= 500) from None
        except smtplib.SMTPAuthenticationError as error:
            raise NotDelivered(f"smtp login {error.smtp_code}") from None
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"smtp {error.smtp_code}", is_permanent=error.smtp_code >= 500) from None
        except (smtplib.SMTPException, OSError, Refused) as error:
            raise NotDelivered(type(error).__name__) from None

    async def fetch(self, photo: PhotoSource) -> bytes:
        """It came with the mail."""
        if len(photo.data) > self._settings.photo_max_mb * MEGABYTE:
            raise too_large(self._settings.photo_max_mb)
        if not photo.is_whole:
            raise TooLarge(TOGETHER)
        return photo.data


def written(address: Address, bubble: Bubble, settings: Settings) -> EmailMessage:
    """The answer in its thread. The same answer again has the same Message-ID, so it is one mail to whoever gets it."""
    mail, subject = EmailMessage(), address["subject"] or settings.shop_name
    text, domain = plain(bubble.spans), settings.email_address.rpartition("@")[2]
    digest = hashlib.sha256(f"{address['thread']}\0{bubble.key}\0{text}".encode()).hexdigest()[:16]
    mail["From"] = _named(settings.shop_name, settings.email_address)
    mail["To"] = address["to"]
    mail["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    mail["Message-ID"] = f"<{address['thread']}.{digest}@{domain}>"
    if address["references"]:
        mail["In-Reply-To"] = address["references"].split()[-1]
        mail["References"] = address["references"]
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text)
    shown = f'<div style="white-space: pre-line">{as_html(bubble.spans)}</div>'
    title = html.escape(subject)
    mail.add_alternative(f"<!doctype html><html><head><title>{title}</title></head><body>{shown}</body></html>", "html")
    return mail


def _named(name: str, address: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'


def _hours() -> float:
    """A clock on which the limit's minute is an hour."""
    return time.monotonic() / 60


@dataclass
class MailReader:
    """A background task that looks into the mailbox. A mail is marked as seen once it is in the inbox."""

    settings: Settings
    receiver: Receiver
    limit: RateLimit = field(
        default_factory=lambda: RateLimit(MAILS_PER_HOUR, sentence="Too many mails.", clock=_hours)
    )
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._mailbox = Mailbox(self.settings.email_imap_url)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        pause = self.settings.email_poll_s
        while True:
            try:
                await self._look()
                pause = self.settings.email_poll_s
            except Unavailable:
                pass
            except Exception as error:
                pause = min(LONGEST_PAUSE_S, pause * 2)
                log.error("mailbox_failed", error=type(error).__name__, again_in_s=pause)
            await asyncio.sleep(pause)

    async def _look(self) -> None:
        """Everything new that is in the mailbox, the oldest first."""
        async with AsyncExitStack() as stack:
            opened = self._mailbox.open()
            server = await asyncio.to_thread(opened.__enter__)
            stack.push_async_callback(asyncio.to_thread, opened.__exit__, None, None, None)
            for uid in await asyncio.to_thread(mail_servers.unseen, server, limit=AT_ONCE):
                await self._take(server, uid)

    async def _take(self, server: imaplib.IMAP4, uid: str) -> None:
        longest = mail_servers.longest(self.settings.photo_max_mb)
        raw = await asyncio.to_thread(mail_servers.fetch, server, uid, max_bytes=longest)
        if raw is None:
            return
        flags = "\\Seen"
        try:
            messages = await asyncio.to_thread(
                read_mail,
                raw,
                own_address=self.settings.email_address,
                key=self.settings.secret_key,
                is_whole=len(raw) < longest,
            )
            if messages:
                self.limit.check(messages[0].address["to"])
            else:
                log.info("mail_of_a_robot", uid=uid)
            for message in messages:
                await self.receiver.take(message)
        except Unavailable:
            raise
        except Exception as error:  # left for a person, with a flag: what follows must not wait for it
            log.warning("mail_not_taken", uid=uid, error=type(error).__name__)
            flags = "\\Seen \\Flagged"
        await asyncio.to_thread(mail_servers.mark, server, uid, flags)
