"""A mail into a message: who wrote, in which thread, and only what is new in it. Robots are not answered.

Anyone can write any address into ``From``, so it proves nothing. A thread is opened again only by a mail that names one
of our own Message-IDs, which only someone who got our mail can know: so nobody speaks in a stranger's verified
conversation.
"""

from __future__ import annotations

import hashlib
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser
from typing import Any

from contract.wire import InvalidInput
from gateway import tokens
from gateway.channels.messengers.messages import ChannelMessage, PhotoSource
from gateway.text import scrub

NAME = "email"
MAX_SUBJECT = 200
MAX_REFERENCES = 10
LOGO_BYTES = 20 * 1024  # a smaller picture inside of a mail is part of its look
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,9}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_OURS = re.compile(r"<([A-Za-z0-9_-]{43})\.[0-9a-f]{16}@")
_ROBOTS = re.compile(r"(mailer-daemon|postmaster|(no|do-?not)[-_.]?reply)(\b|[-+_])", re.IGNORECASE)
_QUOTE_BEGINS = re.compile(
    r"^\s*(-{2,}\s*(original message|forwarded message|ursprüngliche nachricht|message d'origine)\b.*"
    r"|_{10,}\s*"
    r"|(on|am|le|el|il|op|den)\b[\s\S]{5,300}?\b(wrote|schrieb\b.*|a écrit|escribió|ha scritto|schreef.*|skrev.*)\s*:"
    r"|(from|von|de|da|van)\s*:\s.*<?\S+@\S+>?.*"
    r"|--\s?)$",
    re.IGNORECASE | re.MULTILINE,
)


def read_mail(raw: bytes, *, own_address: str, key: str, is_whole: bool = True) -> tuple[ChannelMessage, ...]:
    """One message, or one for each photo that came with it; nothing of what a robot sent: an automatic answer, a
    bounce, a list, or ourselves. ``is_whole``: the mail does not go on where ``raw`` ends.

    Raises:
        InvalidInput: the mail cannot be read, or names no sender.
    """
    try:
        mail = message_from_bytes(raw, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return _read(mail, raw, own_address.lower(), key, is_whole)
    except InvalidInput:
        raise
    except Exception as error:  # the parser raises what it likes over a header that is broken on purpose
        raise InvalidInput(f"The mail cannot be read ({type(error).__name__}).") from error


def _read(mail: EmailMessage, raw: bytes, own_address: str, key: str, is_whole: bool) -> tuple[ChannelMessage, ...]:
    sender = parseaddr(_header(mail, "From"))[1].lower()
    if _is_automatic(mail) or sender == own_address or _ROBOTS.match(sender):
        return ()
    if not _ADDRESS.fullmatch(sender):
        raise InvalidInput("The mail names no sender.")
    own_id = _MESSAGE_ID.search(_header(mail, "Message-ID"))
    message_id = own_id[0] if own_id else hashlib.sha256(raw).hexdigest()
    earlier = _MESSAGE_ID.findall(f"{_header(mail, 'References')} {_header(mail, 'In-Reply-To')}")
    ours = [found[1] for found in map(_OURS.match, earlier) if found]
    thread = ours[-1] if ours else tokens.derive("email-thread", f"{sender}\0{message_id}", key=key)
    subject = " ".join(scrub(_header(mail, "Subject")).split())[:MAX_SUBJECT]
    known = [*dict.fromkeys(earlier), *([own_id[0]] if own_id else [])]
    address = {"to": sender, "thread": thread, "subject": subject, "references": " ".join(known[-MAX_REFERENCES:])}
    message = ChannelMessage(NAME, f"{thread}\0{sender}", message_id, address, text=_text(mail) or subject or None)
    return message.with_photos(_photos(mail, is_whole))


def _header(mail: EmailMessage, name: str) -> str:
    return str(mail.get(name) or "")


def _is_automatic(mail: EmailMessage) -> bool:
    submitted = _header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or _header(mail, "Precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply")
        or _header(mail, "Return-Path").replace(" ", "") == "<>"
        or any(name in mail for name in ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond"))
        or mail.get_content_type() == "multipart/report"
    )


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    text = _content(part)
    return new_part(text if part.get_content_subtype() == "plain" else _without_tags(text))


def _photos(mail: EmailMessage, is_whole: bool) -> list[PhotoSource]:
    """The pictures that were attached or stand in the text, without logos."""
    parts, found = list(mail.walk()), []
    for part in parts:
        data = _file(part) if part.get_content_maintype() == "image" else b""
        if len(data) >= LOGO_BYTES or (data and part.get_content_disposition() == "attachment"):
            found.append(PhotoSource(data=data, is_whole=is_whole or part is not parts[-1]))
    return found


def _file(part: Any) -> bytes:
    return bytes(part.get_payload(decode=True) or b"")


def _content(part: Any) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a character set that nobody knows
        return _file(part).decode("utf-8", "replace")


def new_part(text: str) -> str:
    """What the person wrote, without the quoted mails before it and without the signature."""
    text = text.replace("\r\n", "\n")
    quote = _QUOTE_BEGINS.search(text)
    lines = (text[: quote.start()] if quote else text).split("\n")
    return "\n".join(line for line in lines if not line.startswith(">")).strip()


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_quote = tag == "blockquote" or "gmail_quote" in (dict(attrs).get("class") or "")
        if tag in ("style", "script", "head", "title") or is_quote:
            self._hidden += 1
        elif tag in ("br", "p", "div", "li", "tr"):
            self.texts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "head", "title", "blockquote"):
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(" ".join(data.split("\n")))


def _without_tags(text: str) -> str:
    reader = _Texts()
    reader.feed(text)
    reader.close()
    return "".join(reader.texts)
