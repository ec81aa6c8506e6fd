"""The operator's side of a handoff, for the admin UI: ``Authorization: Bearer <settings.secret_key>``."""

from __future__ import annotations

import re
import uuid
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contract.wire import InvalidInput, NotFound
from gateway import satisfaction
from gateway.channels.access import operators_gateway
from gateway.http_input import after_of, is_uuid, read_object, take_string, take_text, take_uuid

router = APIRouter(prefix="/v1/operator")


@router.get("/handoffs")
async def get_handoffs(request: Request) -> Response:
    """Conversations that wait for a person or have one, and tickets that nobody answered; the longest wait first."""
    gateway = operators_gateway(request)
    unanswered = await gateway.handoffs.unanswered()
    return JSONResponse({"handoffs": await gateway.handoffs.open_ones(), "unanswered": unanswered})


@router.get("/satisfaction")
async def get_satisfaction(request: Request) -> Response:
    """How satisfied shoppers were with the bot and with people in the last ``?days=30`` days."""
    gateway = operators_gateway(request)
    return JSONResponse(await satisfaction.summary(gateway.database, days=_days(request)))


@router.get("/conversations/{conversation_id}/items")
async def get_items(request: Request, conversation_id: str) -> Response:
    """Everything that was said after ``?after=SEQ``, every note, who the shopper is and who has the conversation."""
    gateway = operators_gateway(request)
    found = await gateway.handoffs.conversation(_checked(conversation_id), after=after_of(request))
    return JSONResponse(found)


@router.post("/conversations/{conversation_id}/take")
async def take(request: Request, conversation_id: str) -> Response:
    """``operator`` has the conversation from now on."""
    gateway = operators_gateway(request)
    operator = _operator(await read_object(request))
    return JSONResponse(await gateway.handoffs.take(_checked(conversation_id), operator=operator))


@router.post("/conversations/{conversation_id}/messages")
async def say(request: Request, conversation_id: str) -> Response:
    """``operator`` says ``text``; with a ``message_id`` a retry says it once."""
    gateway = operators_gateway(request)
    data = await read_object(request)
    message_id = take_uuid(data, "message_id") if "message_id" in data else None
    text = take_text(data, "text", max_length=gateway.settings.max_text_length)
    item = await gateway.handoffs.say(
        _checked(conversation_id), operator=_operator(data), text=text, item_id=message_id
    )
    return JSONResponse({"items": [item]})


@router.post("/conversations/{conversation_id}/notes")
async def write_note(request: Request, conversation_id: str) -> Response:
    """``operator`` notes ``text`` for other operators; with a ``message_id`` a retry notes it once."""
    gateway = operators_gateway(request)
    data = await read_object(request)
    note_id = take_uuid(data, "message_id") if "message_id" in data else str(uuid.uuid4())
    text = take_text(data, "text", max_length=gateway.settings.max_text_length)
    conversation_id = _checked(conversation_id)
    note = await gateway.notes.write(conversation_id, operator=_operator(data), text=text, note_id=note_id)
    return JSONResponse({"notes": [note]})


@router.post("/conversations/{conversation_id}/answered")
async def answered(request: Request, conversation_id: str) -> Response:
    """``operator`` saw to the tickets that nobody had answered here, for example by e-mail."""
    gateway = operators_gateway(request)
    operator = _operator(await read_object(request))
    closed = await gateway.handoffs.answered(_checked(conversation_id), operator=operator)
    return JSONResponse({"tickets": closed})


@router.post("/conversations/{conversation_id}/release")
async def release(request: Request, conversation_id: str) -> Response:
    """The bot has the conversation again."""
    gateway = operators_gateway(request)
    operator = _operator(await read_object(request))
    return JSONResponse(await gateway.handoffs.release(_checked(conversation_id), operator=operator))


def _operator(data: dict[str, Any]) -> str:
    return take_string({"operator": _trimmed(data)}, "operator", max_length=64, pattern=r"[^\x00-\x1f\x7f<>]+")


def _trimmed(data: dict[str, Any]) -> Any:
    value = data.get("operator")
    return value.strip() if isinstance(value, str) else value


def _days(request: Request) -> int:
    raw = request.query_params.get("days", "30")
    if not re.fullmatch(r"[0-9]{1,4}", raw) or int(raw) == 0:
        raise InvalidInput("days must be a whole number between 1 and 9999.")
    return int(raw)


def _checked(conversation_id: str) -> str:
    if not is_uuid(conversation_id):
        raise NotFound("There is no such conversation.")
    return conversation_id
