"""Where the action server says that an account was deleted: ``Authorization: Bearer <settings.secret_key>``."""

from __future__ import annotations

import time

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from contract.conversation import AccountErased, ToBeErased
from contract.wire import InvalidInput, from_json, to_json
from gateway.channels.access import operators_gateway
from gateway.http_input import read_object

MAX_LENGTH = 64
router = APIRouter(prefix="/v1")


@router.post("/erasures")
async def post_erasure(request: Request) -> Response:
    """Every conversation of a customer will be erased: 202 with their ids, once that is durable. Twice is the same as
    once."""
    gateway = operators_gateway(request)
    account = _checked(from_json(AccountErased, await read_object(request)))
    found = await gateway.erasures.ask(account, now=time.time())
    return JSONResponse(to_json(ToBeErased(tuple(found))), 202)


def _checked(account: AccountErased) -> AccountErased:
    for value in (account.customer_id, *account.order_ids):
        if not 0 < len(value) <= MAX_LENGTH or "\0" in value:
            raise InvalidInput(f"customer_id and order_ids must have between 1 and {MAX_LENGTH} characters.")
    return account
