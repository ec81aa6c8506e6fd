"""What every channel shares: one message in, the JSON of its answer out."""

from __future__ import annotations

from typing import Any

from contract.wire import InvalidInput
from gateway.http_input import take_string, take_text, take_uuid
from gateway.inbox import Incoming
from gateway.items import render
from gateway.queueing import Answer
from gateway.services import Gateway

WAIT_S = 30.0


def incoming(data: dict[str, Any], *, conversation_id: str, max_length: int) -> Incoming:
    """A message from a request body with ``message_id`` and either ``text``, ``token`` (of a button) or ``photo_id``,
    beside which ``text`` may be empty.

    Raises:
        InvalidInput, TooLarge: see ``gateway.text`` and ``gateway.http_input``.
    """
    message_id = take_uuid(data, "message_id")
    if "photo_id" in data and "token" not in data:
        return _with_photo(data, conversation_id, message_id, max_length=max_length)
    if "photo_id" in data or ("text" in data) == ("token" in data):
        raise InvalidInput("Send either text or token; a photo may go with a text.")
    if "token" in data:
        token = take_string(data, "token", max_length=200, pattern=r"[A-Za-z0-9_=-]+")
        return Incoming(conversation_id, message_id, token=token)
    return Incoming(conversation_id, message_id, text=take_text(data, "text", max_length=max_length))


def _with_photo(data: dict[str, Any], conversation_id: str, message_id: str, *, max_length: int) -> Incoming:
    has_words = str(data.get("text", "")).strip()
    words = take_text(data, "text", max_length=max_length) if has_words else None
    return Incoming.with_photo(conversation_id, message_id, take_uuid(data, "photo_id"), words)


async def deliver(gateway: Gateway, message: Incoming, *, wait_s: float) -> Answer | None:
    """Accepts a message and waits for its answer; None if that takes longer than ``wait_s`` seconds."""
    ticket = await gateway.inbox.accept(message)
    return await gateway.inbox.wait(ticket, timeout_s=wait_s)


def answer_json(gateway: Gateway, message_id: str, answer: Answer | None) -> tuple[int, dict[str, Any]]:
    """Status and body of the response to a message. ``status``: queued, answered, or with_person, who may
    answer later."""
    if answer is None:
        return 202, {"message_id": message_id, "status": "queued"}
    shown = [render(item, gateway.offers) for item in answer.items]
    status = "with_person" if answer.in_handoff else "answered"
    return 200, {"message_id": message_id, "status": status, "seq": answer.seq, "items": shown}
