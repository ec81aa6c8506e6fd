"""The mailbox that is read (IMAP) and the server that sends (SMTP). Calls block: run them in a thread."""

from __future__ import annotations

import contextlib
import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from contract.wire import InvalidInput
from gateway.photos import MEGABYTE
from gateway.security import LOOPBACK

TIMEOUT_S = 20.0
TEXT_BYTES = 512 * 1024


class Refused(Exception):
    """No encryption, so the password stays here; or an answer that is none of IMAP's."""


class Mailbox:
    """``imaps://user:password@host:993/INBOX``, or ``imap://`` (with STARTTLS, except on this machine)."""

    def __init__(self, url: str) -> None:
        self._parts = _parts(url, "imap", "SHOPCLERK_EMAIL_IMAP_URL must look like imaps://user:password@host/INBOX.")
        self._folder = unquote(self._parts.path.lstrip("/")) or "INBOX"

    @contextlib.contextmanager
    def open(self) -> Iterator[imaplib.IMAP4]:
        """
        Raises:
            OSError, imaplib.IMAP4.error, Refused: the mailbox cannot be opened.
        """
        server = self._connect()
        try:
            server.login(unquote(self._parts.username or ""), unquote(self._parts.password or ""))
            _done(server.select(_quoted(self._folder)))
            yield server
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                server.logout()

    def _connect(self) -> imaplib.IMAP4:
        host, context = str(self._parts.hostname), ssl.create_default_context()
        if self._parts.scheme == "imaps":
            return imaplib.IMAP4_SSL(host, self._parts.port or 993, ssl_context=context, timeout=TIMEOUT_S)
        server = imaplib.IMAP4(host, self._parts.port or 143, timeout=TIMEOUT_S)
        if "STARTTLS" in server.capabilities:
            server.starttls(context)
        elif host not in (*LOOPBACK, "localhost"):
            server.shutdown()
            raise Refused(f"{host} offers no encryption: the password stays here.")
        return server


def unseen(server: imaplib.IMAP4, *, limit: int) -> list[str]:
    """The UIDs of the oldest mails that are not marked as seen."""
    (found, *_) = _done(server.uid("SEARCH", "UNSEEN"))
    return found.decode("ascii").split()[:limit] if isinstance(found, bytes) else []


def longest(photo_megabytes: int) -> int:
    """Bytes of the longest mail that is read to its end: its text and one photo, which base64 makes longer."""
    return TEXT_BYTES + photo_megabytes * MEGABYTE * 7 // 5


def fetch(server: imaplib.IMAP4, uid: str, *, max_bytes: int) -> bytes | None:
    """A mail as it is, at most ``max_bytes`` of it; None if it is gone."""
    answer = _done(server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{max_bytes}>)"))
    return next((part[1] for part in answer if isinstance(part, tuple)), None)


def mark(server: imaplib.IMAP4, uid: str, flags: str) -> None:
    _done(server.uid("STORE", uid, "+FLAGS.SILENT", f"({flags})"))


class MailServer:
    """``smtp://user:password@host:587`` (STARTTLS where the server has it) or ``smtps://``."""

    def __init__(self, url: str) -> None:
        self._parts = _parts(url, "smtp", "SHOPCLERK_SMTP_URL must look like smtp://user:password@host:587.")

    def send(self, mail: EmailMessage) -> None:
        """
        Raises:
            OSError, smtplib.SMTPException, Refused: it was not taken.
        """
        with self._connect() as server:
            if self._parts.username:
                server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
            server.send_message(mail)

    def _connect(self) -> smtplib.SMTP:
        host, context = str(self._parts.hostname), ssl.create_default_context()
        if self._parts.scheme == "smtps":
            return smtplib.SMTP_SSL(host, self._parts.port or 465, timeout=TIMEOUT_S, context=context)
        server = smtplib.SMTP(host, self._parts.port or 587, timeout=TIMEOUT_S)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif self._parts.username and host not in (*LOOPBACK, "localhost"):
            server.close()
            raise Refused(f"{host} offers no encryption: the password stays here.")
        return server


def _parts(url: str, scheme: str, sentence: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in (scheme, f"{scheme}s") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_good = False
    if not is_good:
        raise InvalidInput(sentence)
    return parts


def _done(answer: tuple[str, Any]) -> list[Any]:
    status: str = answer[0]
    data: list[Any] = answer[1]
    if status != "OK":
        raise Refused(f"The mailbox answered {status}.")
    return data


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
