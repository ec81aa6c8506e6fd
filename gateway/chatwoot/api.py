"""The few calls of Chatwoot's application API that a handoff needs. Asked twice, each makes one thing only."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from contract.settings import Settings
from contract.wire import InvalidInput, Unavailable
from gateway.http_client import HttpClient, Unreachable, UselessAnswer

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 2 * 1024 * 1024
PAGES = 5
HANDOFF = "shopclerk_handoff"  # custom attribute of Chatwoot's conversations


@dataclass(frozen=True)
class Message:
    """Words of the shopper, or a private note for agents. ``name``: ours, which newer versions of Chatwoot keep."""

    text: str
    name: str
    is_note: bool = False

    def is_like(self, row: dict[str, Any]) -> bool:
        """Whether a message of Chatwoot is this one."""
        if row.get("source_id"):
            return bool(row["source_id"] == self.name)
        return bool(row.get("content") == self.text and bool(row.get("private")) is self.is_note)


class ChatwootApi:
    """Every method raises ``Unavailable`` where Chatwoot does not answer or refuses."""

    def __init__(self, http: HttpClient, settings: Settings) -> None:
        self._http, self._inbox = http, int(settings.chatwoot_inbox)
        self._base = f"{settings.chatwoot_url.rstrip('/')}/api/v1/accounts/{settings.chatwoot_account}"
        self._headers = {"api_access_token": settings.chatwoot_token, "Content-Type": "application/json"}

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

    async def say(self, chatwoot_id: int, message: Message) -> int:
        """Puts a message into a conversation; returns Chatwoot's number of it."""
        kind = "outgoing" if message.is_note else "incoming"
        body = {"content": message.text, "message_type": kind, "private": message.is_note, "source_id": message.name}
        made = await self._send("POST", f"/conversations/{chatwoot_id}/messages", body)
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
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status, answer = await self._http.send(
                    method, self._base + path, headers=self._headers, content=content, max_bytes=MAX_ANSWER_BYTES
                )
        except (Unreachable, UselessAnswer, TimeoutError) as error:
            raise Unavailable(f"Chatwoot does not answer ({type(error).__name__}).") from error
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
