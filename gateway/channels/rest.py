"""REST for machines: an API key names the machine, the machine names its conversations."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contract.wire import NotFound
from gateway import tokens
from gateway.channels.access import gateway_of, machine_of
from gateway.channels.delivery import WAIT_S, answer_json, deliver, incoming
from gateway.http_input import after_of, read_object, take_string
from gateway.items import render
from gateway.services import Gateway
from gateway.store import conversations, items
from gateway.store.api_keys import ApiKey
from gateway.store.conversations import Conversation

_NAME = r"[A-Za-z0-9_.:@-]+"

router = APIRouter(prefix="/v1/rest")


@router.post("/messages")
async def post_message(request: Request) -> Response:
    """One message of a machine's client; begins the conversation if it is new. Waits for the answer."""
    gateway, key = gateway_of(request), await machine_of(request)
    data = await read_object(request)
    owner = _owner(key, data)
    limit = gateway.settings.max_text_length
    incoming(data, conversation_id="", max_length=limit)  # refused before a conversation begins
    conversation = await _find_or_begin(gateway, owner)
    message = incoming(data, conversation_id=conversation.id, max_length=limit)
    answer = await deliver(gateway, message, wait_s=WAIT_S)
    status, body = answer_json(gateway, message.message_id, answer)
    return JSONResponse(body, status)


@router.get("/messages")
async def get_messages(request: Request) -> Response:
    """The items of ``?conversation=NAME`` after ``?after=SEQ``: also what a person answered later."""
    gateway, key = gateway_of(request), await machine_of(request)
    owner, after = _owner(key, dict(request.query_params)), after_of(request)
    conversation = await gateway.database.read(partial(conversations.find_owned, owner_hash=owner))
    if conversation is None:
        raise NotFound("This key has no such conversation.")
    after = max(after, conversation.visible_after)
    shown = await gateway.database.read(partial(items.history, conversation_id=conversation.id, after=after))
    return JSONResponse({"items": [render(item, gateway.offers) for item in shown]})


def _owner(key: ApiKey, data: dict[str, Any]) -> str:
    name = take_string(data, "conversation", max_length=64, pattern=_NAME)
    return tokens.digest(f"{key.id}\0{name}")


async def _find_or_begin(gateway: Gateway, owner: str) -> Conversation:
    found = await gateway.database.read(partial(conversations.find_owned, owner_hash=owner))
    if found is not None:
        return found
    return await gateway.database.write(partial(_begin, owner_hash=owner))


def _begin(db: Connection, *, owner_hash: str) -> Conversation:
    """Two first messages at once begin one conversation."""
    found = conversations.find_owned(db, owner_hash)
    if found is not None:
        return found
    return conversations.get(db, conversations.create(db, channel="rest", now=time.time(), owner_hash=owner_hash))
