"""A small Chatwoot over HTTP: the calls that a handoff needs, with answers in the shape of its documentation, files in
forms, faults on demand, and signed webhooks as it sends them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import threading
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser

ACCOUNT, INBOX, TOKEN, SECRET = 7, 3, "agent-token", "webhook-secret"
SETTINGS = {"account": ACCOUNT, "inbox": INBOX, "token": TOKEN, "webhook_secret": SECRET}


class Chatwoot:
    """``fault``: ``none``, ``down`` (503), ``lost`` (does it, and the answer never arrives), or a status that files
    get. ``slow_s``: how long a file takes. Older versions do not keep the ``source_id`` of messages; an inbox may
    allow one conversation a contact."""

    def __init__(self, *, keeps_source_id: bool = True, is_single: bool = False) -> None:
        self.keeps_source_id, self.is_single = keeps_source_id, is_single
        self.contacts: list[dict[str, Any]] = []
        self.conversations: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.fault: str | int = "none"
        self.slow_s = 0.0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def settings(self) -> dict[str, Any]:
        return {f"chatwoot_{name}": value for name, value in {**SETTINGS, "url": self.url}.items()}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def about(self, ticket: str = "T-1") -> list[dict[str, Any]]:
        return [row for row in self.conversations if row["custom_attributes"]["shopclerk_ticket"] == ticket]

    def said(self, chatwoot_id: int, *, private: bool = False) -> list[str]:
        rows = [row for row in self.messages if row["conversation_id"] == chatwoot_id]
        return [row["content"] for row in rows if row["private"] is private]

    def photos(self, chatwoot_id: int, *, private: bool = False) -> list[tuple[str, list[bytes]]]:
        """Messages with attachments: the words and the files."""
        rows = [row for row in self.messages if row["conversation_id"] == chatwoot_id and row["attachments"]]
        return [(row["content"], row["files"]) for row in rows if row["private"] is private]

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        routes = [
            ("GET", r"/contacts/search", self._search),
            ("POST", r"/contacts", self._contact),
            ("GET", r"/contacts/(\d+)/conversations", self._of_contact),
            ("POST", r"/conversations", self._conversation),
            ("GET", r"/conversations/(\d+)/messages", self._page),
            ("POST", r"/conversations/(\d+)/messages", self._message),
            ("POST", r"/conversations/(\d+)/toggle_status", self._toggle),
        ]
        rest = path.removeprefix(f"/api/v1/accounts/{ACCOUNT}")
        for verb, pattern, work in routes:
            match = re.fullmatch(pattern, rest)
            if verb == method and match:
                with self._lock:
                    return work(*[int(number) for number in match.groups()], query=query, body=body)
        return 404, {"error": "Resource could not be found"}

    def _search(self, *, query: Any, body: Any) -> tuple[int, Any]:
        words = query["q"][0]
        found = [row for row in self.contacts if words in (row["identifier"], row["name"])]
        return 200, {"meta": {"count": len(found), "current_page": 1}, "payload": found}

    def _contact(self, *, query: Any, body: Any) -> tuple[int, Any]:
        if any(row["identifier"] == body["identifier"] for row in self.contacts):
            return 422, {"message": "Identifier has already been taken", "attributes": ["identifier"]}
        self.contacts.append({"id": 100 + len(self.contacts), "contact_inboxes": [], **body})
        return 200, {"payload": {"contact": self.contacts[-1], "contact_inbox": {"inbox": None, "source_id": None}}}

    def _of_contact(self, number: int, *, query: Any, body: Any) -> tuple[int, Any]:
        return 200, {"payload": [row for row in self.conversations if row["contact_id"] == number]}

    def _conversation(self, *, query: Any, body: Any) -> tuple[int, Any]:
        known = [row for row in self.conversations if row["contact_id"] == body["contact_id"]]
        if self.is_single and known:
            row = known[0]
        else:
            row = {**body, "id": 1 + len(self.conversations), "account_id": ACCOUNT}
            self.conversations.append(row)
        return 200, {"id": row["id"], "account_id": ACCOUNT, "inbox_id": row["inbox_id"], "status": row["status"]}

    def _page(self, number: int, *, query: Any, body: Any) -> tuple[int, Any]:
        before = int(query.get("before", ["999999"])[0])
        rows = [row for row in self.messages if row["conversation_id"] == number and row["id"] < before]
        return 200, {"meta": {}, "payload": [_shown(row) for row in rows[-20:]]}

    def _message(self, number: int, *, query: Any, body: Any) -> tuple[int, Any]:
        files = [file for name, file in body.pop("files", []) if name == "attachments[]"]
        row = {**body, "id": 1000 + len(self.messages), "conversation_id": number, "files": files}
        row["private"] = body["private"] in (True, "true")
        row["source_id"] = body.get("source_id") if self.keeps_source_id else None
        row["attachments"] = [
            {
                "id": at,
                "file_type": "image",
                "data_url": f"{self.url}/files/{row['id']}/photo.jpg",
                "file_size": len(file),
            }
            for at, file in enumerate(files)
        ]
        self.messages.append(row)
        return 200, _shown(row)

    def agent_says(self, chatwoot_id: int, content: str | None, **more: Any) -> int:
        """An agent's reply; returns its number."""
        reply = {"content": content, "message_type": "outgoing", "private": False, **more}
        return int(self._message(chatwoot_id, query={}, body=reply)[1]["id"])

    def _toggle(self, number: int, *, query: Any, body: Any) -> tuple[int, Any]:
        self.conversations[number - 1]["status"] = body["status"]
        return 200, {
            "meta": {},
            "payload": {"success": True, "current_status": body["status"], "conversation_id": number},
        }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A message as Chatwoot gives it: its kind is a number, and attachments are left out where there are none."""
    kind = ["incoming", "outgoing"].index(row["message_type"])
    hidden = {"files"} if row["attachments"] else {"files", "attachments"}
    return {**{name: value for name, value in row.items() if name not in hidden}, "message_type": kind}


def _read(headers: Any, content: bytes) -> Any:
    """JSON, or the fields of a form with ``files``, read by the parser of real servers."""
    if not (headers.get("Content-Type") or "").startswith("multipart/form-data"):
        return json.loads(content or b"null")

    async def read() -> dict[str, Any]:
        async def stream() -> AsyncIterator[bytes]:
            yield content

        form = await MultiPartParser(Headers(dict(headers.items())), stream()).parse()
        uploads = [(name, each) for name, each in form.multi_items() if isinstance(each, UploadFile)]
        assert all(each.content_type == "image/jpeg" and each.filename for _, each in uploads)
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        return {**fields, "files": [(name, await each.read()) for name, each in uploads]}

    return asyncio.run(read())


def _handler(chatwoot: Chatwoot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply("GET")

        def do_POST(self) -> None:
            self._reply("POST")

        def _reply(self, method: str) -> None:
            body = _read(self.headers, self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            if chatwoot.fault == "down":
                self._send(503, {"error": "unavailable"})
                return
            if self.headers.get("api_access_token") != TOKEN:
                chatwoot.refused.append(self.path)
                self._send(401, {"error": "Invalid Access Token"})
                return
            has_file = isinstance(body, dict) and "files" in body
            if has_file and isinstance(chatwoot.fault, int):
                self._send(chatwoot.fault, {"error": "Request Entity Too Large"})
                return
            time.sleep(chatwoot.slow_s if has_file else 0)
            parts = urlsplit(self.path)
            status, answer = chatwoot.answer(method, parts.path, parse_qs(parts.query), body)
            if chatwoot.fault == "lost" and method == "POST":
                self.close_connection = True
                self.connection.close()
                return
            self._send(status, answer)

        def _send(self, status: int, answer: Any) -> None:
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(ConnectionError):  # whoever asked may have gone
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


def reply(number: int, chatwoot_id: int, content: str | None, **changed: Any) -> dict[str, Any]:
    """A ``message_created`` as Chatwoot sends it for an agent's reply."""
    return {
        "account": {"id": ACCOUNT, "name": "Shop"},
        "additional_attributes": {},
        "content_attributes": {},
        "content_type": "text",
        "content": content,
        "conversation": {"id": chatwoot_id, "inbox_id": INBOX, "status": "open", "messages": [], "labels": []},
        "created_at": "2026-11-27T13:00:00.000Z",
        "id": number,
        "inbox": {"id": INBOX, "name": "Shopclerk"},
        "message_type": "outgoing",
        "private": False,
        "sender": {"id": 5, "name": "Ana Lima", "email": "ana@shop.example", "type": "user"},
        "source_id": None,
        "event": "message_created",
        **changed,
    }


def status(chatwoot_id: int, value: str, **changed: Any) -> dict[str, Any]:
    """A ``conversation_status_changed`` as Chatwoot sends it."""
    return {
        "id": chatwoot_id,
        "inbox_id": INBOX,
        "status": value,
        "messages": [],
        "meta": {"sender": {"id": 100, "name": "Shopper T-1", "type": "contact"}, "hmac_verified": False},
        "unread_count": 0,
        "changed_attributes": [{"status": {"previous_value": "open", "current_value": value}}],
        "event": "conversation_status_changed",
        **changed,
    }


def deliver(
    gateway_url: str,
    event: Any,
    *,
    secret: str = SECRET,
    age_s: float = 0,
    stamp: str | None = None,
    query: dict[str, str] | None = None,
) -> httpx.Response:
    """Sends a webhook, signed as Chatwoot signs it."""
    body = json.dumps(event).encode()
    stamp = str(int(time.time() - age_s)) if stamp is None else stamp
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Chatwoot-Timestamp": stamp,
        "X-Chatwoot-Signature": f"sha256={mac}",
        "X-Chatwoot-Delivery": str(uuid.uuid4()),
    }
    return httpx.post(f"{gateway_url}/v1/chatwoot/webhook", content=body, headers=headers, params=query, timeout=20)
