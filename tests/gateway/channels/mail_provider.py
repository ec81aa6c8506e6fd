"""A small mail provider: an IMAP server with one mailbox and an SMTP server, on sockets, for one client at a time."""

from __future__ import annotations

import re
import socketserver
import threading
from email import message_from_bytes, policy
from typing import Any

from tests.gateway.channels.provider import Call, Provider


class MailProvider(Provider):
    """``mails`` are the mailbox: ``[raw, flags]``. What is sent is a call with the mail's headers and its ``text``."""

    def start(self) -> None:
        self.mails: list[tuple[bytes, set[str]]] = []
        self.imap, self.smtp = (_server(kind, self) for kind in (_Imap, _Smtp))

    def stop(self) -> None:
        for server in (self.imap, self.smtp):
            server.shutdown()
            server.server_close()

    @property
    def urls(self) -> dict[str, str]:
        imap, smtp = (server.server_address[1] for server in (self.imap, self.smtp))
        return {
            "email_imap_url": f"imap://bot:the%20password@127.0.0.1:{imap}/INBOX",
            "smtp_url": f"smtp://127.0.0.1:{smtp}",
        }

    def deposit(self, raw: bytes) -> int:
        """A new mail in the mailbox; returns its place."""
        self.mails.append((raw, set()))
        return len(self.mails) - 1


def _server(kind: type[_Lines], provider: MailProvider) -> socketserver.ThreadingTCPServer:
    handler = type(kind.__name__, (kind,), {"provider": provider})
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class _Lines(socketserver.StreamRequestHandler):
    provider: MailProvider

    def say(self, line: str | bytes) -> None:
        self.wfile.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def hear(self) -> str:
        return self.rfile.readline().decode().strip()


class _Imap(_Lines):
    def handle(self) -> None:
        self.say("* OK ready")
        while line := self.hear():
            tag, command, *rest = line.split(" ", 2)
            done = self.answer(command.upper(), rest[0] if rest else "")
            self.say(f"{tag} {done}")
            if command.upper() == "LOGOUT":
                return

    def answer(self, command: str, rest: str) -> str:
        if command == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif command == "LOGIN" and rest != 'bot "the password"':
            return "NO [AUTHENTICATIONFAILED] wrong"
        elif command == "SELECT":
            self.say(f"* {len(self.provider.mails)} EXISTS")
        elif command == "UID":
            what, _, rest = rest.partition(" ")
            getattr(self, what.lower())(rest)
        return "OK done"

    def search(self, criterion: str) -> None:
        assert criterion == "UNSEEN"
        found = [str(uid) for uid, (_, flags) in enumerate(self.provider.mails, 1) if "\\Seen" not in flags]
        self.say(f"* SEARCH {' '.join(found)}")

    def fetch(self, rest: str) -> None:
        uid, _, part = rest.partition(" ")
        match = re.fullmatch(r"\(BODY\.PEEK\[\]<0\.(\d+)>\)", part)
        assert match, part
        raw = self.provider.mails[int(uid) - 1][0][: int(match[1])]
        self.say(f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}".encode() + b"\r\n" + raw + b")")

    def store(self, rest: str) -> None:
        uid, _, flags = rest.split(" ", 2)
        self.provider.mails[int(uid) - 1][1].update(flags.strip("()").split())


class _Smtp(_Lines):
    def handle(self) -> None:
        self.say("220 ready")
        while line := self.hear():
            command = line.split(" ")[0].upper()
            if command == "DATA":
                self.take()
            else:
                self.say("221 bye" if command == "QUIT" else "250 ok")
            if command == "QUIT":
                return

    def take(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        mail: Any = message_from_bytes(b"".join(lines), policy=policy.default)
        headers = {name.lower(): str(value) for name, value in mail.items()}
        texts = {kind: mail.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html")}
        status, _, _ = self.provider.answer(Call("smtp", headers, texts))
        code = {200: 250, 403: 550}.get(status, 451)
        self.say(f"{code} so it is")
