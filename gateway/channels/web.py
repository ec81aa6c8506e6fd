"""The web chat's messages: a cookie names the session, the session opens the conversation."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contract.wire import InvalidInput
from gateway.channels.access import after_answer, gateway_of, session_of, with_cookie
from gateway.channels.delivery import WAIT_S, answer_json, deliver, incoming
from gateway.handoff import shopper_view
from gateway.http_input import after_of, read_object, take_uuid
from gateway.items import render
from gateway.services import Gateway
from gateway.sessions import Access
from gateway.store import items

router = APIRouter(prefix="/v1")


@router.post("/messages")
async def post_message(request: Request) -> Response:
    """Takes a message in: 202 once it is durable, or with ``?wait=1`` 200 with its answer."""
    gateway = gateway_of(request)
    data = await read_object(request)
    message_id = take_uuid(data, "message_id")
    access = await session_of(request, message_id=message_id, is_change=True)
    limit = gateway.settings.max_text_length
    message = incoming(data, conversation_id=access.conversation.id, max_length=limit)
    waits = request.query_params.get("wait") == "1"
    answer = await deliver(gateway, message, wait_s=WAIT_S if waits else 0)
    status, body = answer_json(gateway, message_id, answer)
    if not waits:
        status, body = 202, {key: value for key, value in body.items() if key != "items"}
    elif answer is not None and answer.must_rotate:
        access = await after_answer(request, access, message_id)
    return with_cookie(JSONResponse(body, status), access, gateway.settings)


@router.get("/messages")
async def get_messages(request: Request) -> Response:
    """The items after ``?after=SEQ``."""
    gateway = gateway_of(request)
    access = await session_of(request)
    body = await conversation_json(gateway, access, after=after_of(request))
    return with_cookie(JSONResponse(body), access, gateway.settings)


@router.post("/feedback")
async def post_feedback(request: Request) -> Response:
    """A thumb, ``value`` 1 or -1, for the bot's item ``seq``."""
    gateway = gateway_of(request)
    data = await read_object(request)
    access = await session_of(request, is_change=True)
    seq, value = _whole(data, "seq"), _whole(data, "value")
    if value not in (1, -1):
        raise InvalidInput("value must be 1 or -1.")
    gateway.ratings.check(access.conversation.id)  # each change is an event for the bot's log
    await gateway.feedback.give(access.conversation.id, seq=seq, value=value)
    return with_cookie(JSONResponse({"seq": seq, "feedback": value}), access, gateway.settings)


@router.post("/handoff/end")
async def end_handoff(request: Request) -> Response:
    """The shopper wants the bot again."""
    gateway = gateway_of(request)
    access = await session_of(request, is_change=True)
    await gateway.handoffs.release(access.conversation.id, operator=None)
    body = {"handoff": {"active": False, "agent_name": None}}
    return with_cookie(JSONResponse(body), access, gateway.settings)


async def conversation_json(gateway: Gateway, access: Access, *, after: int = 0) -> dict[str, Any]:
    """Items that the shopper may see, and whether a person has the conversation or the bot is typing."""
    shown = await gateway.database.read(partial(visible, access=access, after=after))
    return {
        "session": gateway.sessions.tag(access.session),
        "items": [render(item, gateway.offers) for item in shown],
        "handoff": shopper_view(access.conversation),
        "typing": gateway.lanes.is_busy(access.conversation.id) and not access.conversation.in_handoff,
    }


def visible(db: Connection, *, access: Access, after: int) -> list[items.StoredItem]:
    conversation = access.conversation
    return items.history(db, conversation.id, after=max(after, conversation.visible_after))


def _whole(data: dict[str, Any], name: str) -> int:
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**31:
        raise InvalidInput(f"{name} must be a whole number.")
    return value
