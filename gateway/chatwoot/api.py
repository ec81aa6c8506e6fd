"""The few calls of Chatwoot's application API that a handoff needs. Asked twice, each makes one thing only."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import aiohttp

from contract.settings import Settings
from contract.wire import InvalidInput, Unavailable
from gateway.chatwoot.messages import Message
from gateway.http_client import HttpClient, Unreachable, UselessAnswer

TIMEOUT_S = 10.0
UPLOAD_TIMEOUT_S = 15.0  # with the words alone after it this fits in a round
JSON = "application/json"
REFUSALS = (413, 415, 422)
MAX_ANSWER_BYTES = 2 * 1024 * 1024
PAGES = 5
HANDOFF = "shopclerk_handoff"  # custom attribute of Chatwoot's conversations


class PhotoRefused(Unavailable):
    """Chatwoot, or the proxy before it, does not take this file: too large, or of a kind that it does not allow."""


class ChatwootApi:
    """Every method raises ``Unavailable`` where Chatwoot does not answer or refuses."""

    def __init__(self, http: HttpClient, settings: Settings) -> None:
        self._http, self._inbox = http, int(settings.chatwoot_inbox)
        self._base = f"{settings.chatwoot_url.rstrip('/')}/api/v1/accounts/{settings.chatwoot_account}"
        self._headers = {"api_access_token": settings.chatwoot_token}

    async def contact(self, identifier: str, *, name: str) -> int:
        """The id of the contact with our identifier; it is made if there is none."""
        found = await self._find_contact(identifier)
        if found is None:
            answer = await self._send("POST", "/contacts", {"identifier": identifier, "name": name})
            found = answer["payload"]["contact"]["id"]
        return int(found)

    async def conversation(self, contact_id: int, *, source_id: str, handoff_id: int, ticket: str) -> int:
        """The number of the open conversation about a handoff; it is made if there is none."""
        known = await self._send("GET", f"/contacts/{contact_id}/conversations")
        for row in known["payload"]:
            if (row.get("custom_attributes") or {}).get(HANDOFF) == handoff_id:
                return int(row["id"])
        made = await self._send(
            "POST",
            "/conversations",
            {
                "inbox_id": self._inbox,
                "contact_id": contact_id,
                "source_id": source_id,
                "status": "open",
                "custom_attributes": {HANDOFF: handoff_id, "shopclerk_ticket": ticket},
            },
        )
        return int(made["id"])

    async def say(self, chatwoot_id: int, message: Message, picture: bytes | None = None) -> int:
        """Puts a message into a conversation, with the JPEG of its photo; returns Chatwoot's number of it.

        Raises:
            PhotoRefused: it does not take the picture.
        """
        fields = {"content": message.text, "message_type": message.kind, "source_id": message.name}
        path = f"/conversations/{chatwoot_id}/messages"
        if picture is None:
            made = await self._send("POST", path, {**fields, "private": message.is_note})
        else:
            form = _form({**fields, "private": str(message.is_note).lower()}, picture)
            made = await self._upload(path, form)
        return int(made["id"])

    async def said(self, chatwoot_id: int, *, after: int) -> list[dict[str, Any]]:
        """The newest messages of a conversation that have a higher number than ``after``, in order."""
        found: list[dict[str, Any]] = []
        before = ""
        for _ in range(PAGES):
            answer = await self._send("GET", f"/conversations/{chatwoot_id}/messages{before}")
            page = [row for row in answer["payload"] if int(row["id"]) > after]
            found = [*page, *found]
            if not page or len(page) < len(answer["payload"]):
                break
            before = f"?before={min(int(row['id']) for row in page)}"
        return found

    async def resolve(self, chatwoot_id: int) -> None:
        """The conversation is over."""
        await self._send("POST", f"/conversations/{chatwoot_id}/toggle_status", {"status": "resolved"})

    async def _find_contact(self, identifier: str) -> int | None:
        found = await self._send("GET", f"/contacts/search?q={quote(identifier, safe='')}")
        return next((int(row["id"]) for row in found["payload"] if row.get("identifier") == identifier), None)

    async def _send(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        status, answer = await self._exchange(method, path, content, media=JSON, timeout_s=TIMEOUT_S)
        return _checked(method, path, status, answer)

    async def _upload(self, path: str, form: aiohttp.Payload) -> Any:
        content, media = await form.as_bytes(), form.content_type
        status, answer = await self._exchange("POST", path, content, media=media, timeout_s=UPLOAD_TIMEOUT_S)
        if status in REFUSALS:
            raise PhotoRefused(f"Chatwoot answered with status {status} to a photo.")
        return _checked("POST", path, status, answer)

    async def _exchange(
        self, method: str, path: str, content: bytes | None, *, media: str, timeout_s: float
    ) -> tuple[int, bytes]:
        headers = {**self._headers, "Content-Type": media}
        try:
            async with asyncio.timeout(timeout_s):
                return await self._http.send(
                    method, self._base + path, headers=headers, content=content, max_bytes=MAX_ANSWER_BYTES
                )
        except (Unreachable, UselessAnswer, TimeoutError) as error:
            raise Unavailable(f"Chatwoot does not answer ({type(error).__name__}).") from error


def _form(fields: dict[str, str], picture: bytes) -> aiohttp.Payload:
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("attachments[]", picture, filename="photo.jpg", content_type="image/jpeg")
    return form()


def _checked(method: str, path: str, status: int, answer: bytes) -> Any:
    if status >= 300:
        raise Unavailable(f"Chatwoot answered with status {status} to {method} {path.partition('?')[0]}.")
    try:
        return json.loads(answer)
    except ValueError as error:
        raise Unavailable("Chatwoot answered with something that is no JSON.") from error


def check_settings(settings: Settings) -> bool:
    """Whether handoffs go to Chatwoot.

    Raises:
        InvalidInput: only some of its settings are there, or one has another form.
    """
    names = ("url", "token", "account", "inbox", "webhook_secret")
    values = {name: getattr(settings, f"chatwoot_{name}") for name in names}
    missing = [f"SHOPCLERK_CHATWOOT_{name.upper()}" for name, value in values.items() if not value]
    if len(missing) == len(names):
        return False
    if missing:
        raise InvalidInput(f"Handoffs to Chatwoot also need {', '.join(missing)}.")
    if not settings.chatwoot_url.startswith(("https://", "http://")):
        raise InvalidInput("SHOPCLERK_CHATWOOT_URL must begin with https:// or http://.")
    return True
