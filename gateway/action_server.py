"""Speaks to the action server, which has the shop's database."""

from __future__ import annotations

import asyncio
from typing import Any

from contract.settings import Settings
from contract.wire import Unavailable, dumps
from gateway.http_client import HttpClient, Unreachable, UselessAnswer

WITHIN_S = 10.0
MAX_BYTES = 64 * 1024


async def post(http: HttpClient, settings: Settings, path: str, value: Any) -> bytes:
    """Posts a dataclass of the contract, with the secret key as bearer. The body of the answer.

    Raises:
        Unavailable: the action server does not answer within 10 seconds, or refuses; it may have taken it.
    """
    address = settings.actions_url.removesuffix("/webhook") + path
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {settings.secret_key}"}
    content = dumps(value).encode()
    try:
        async with asyncio.timeout(WITHIN_S):
            status, body = await http.send("POST", address, headers=headers, content=content, max_bytes=MAX_BYTES)
    except (Unreachable, UselessAnswer, TimeoutError) as error:
        raise Unavailable(f"The action server does not answer {path} ({type(error).__name__}).") from error
    if status not in (200, 204):
        raise Unavailable(f"The action server refused {path} with status {status}.")
    return body
