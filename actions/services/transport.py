"""The two ways out for a mail: a server, or files."""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from contract.settings import Settings
from contract.wire import InvalidInput

TIMEOUT_S = 20
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Transport(Protocol):
    """Takes a mail; whatever it raises means that the mail was not taken."""

    def send(self, message: EmailMessage) -> None: ...


def make_transport(settings: Settings) -> Transport:
    """By ``settings.smtp_url``.

    Raises:
        InvalidInput: not an smtp:// or smtps:// address.
    """
    return SmtpTransport(settings.smtp_url) if settings.smtp_url else FileTransport(Path(settings.var_dir) / "mail")


class FileTransport:
    """One ``.eml`` file per Message-ID: a mail that is sent twice is still one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        draft = self._folder / f".{name}.draft"
        with draft.open("wb") as file:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / f"{name}.eml")


class SmtpTransport:
    """``smtp://user:password@host:587`` (STARTTLS where the server has it) or ``smtps://``.

    A password goes only over an encrypted connection, or to this machine itself.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise InvalidInput("SHOPCLERK_SMTP_URL must look like smtp://user:password@host:587 or smtps://host.")
        self._host = parts.hostname
        self._port = parts.port or (465 if parts.scheme == "smtps" else 587)
        self._implicit_tls = parts.scheme == "smtps"
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")

    def send(self, message: EmailMessage) -> None:
        with self._connect() as server:
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._implicit_tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_S, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif self._user and self._host not in LOOPBACK:
            server.close()
            raise smtplib.SMTPNotSupportedError(f"{self._host} offers no encryption: the password stays here.")
        return server
