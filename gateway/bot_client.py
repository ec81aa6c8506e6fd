"""HTTP to Rasa's internal channel."""

from __future__ import annotations

import asyncio
import json

from contract.conversation import EraseRequest, ListenRequest, TurnRequest, TurnResult
from contract.wire import InvalidInput, dumps, from_json
from gateway.http_client import HttpClient, Unreachable, UselessAnswer

MAX_ANSWER_BYTES = 512 * 1024
_RETRYABLE = (502, 503, 504)
_JSON = {"Content-Type": "application/json"}


class BotFault(Exception):
    """The bot did not answer, or not with what the contract says. ``is_retryable``: it may be starting.
    ``is_outage``: nobody would get an answer now, so the circuit breaker counts it; one odd message doesn't."""

    def __init__(self, cause: str, *, is_retryable: bool = False, is_outage: bool = False) -> None:
        super().__init__(cause)
        self.cause, self.is_retryable, self.is_outage = cause, is_retryable, is_outage


class BotClient:
    """Speaks ``contract.conversation`` with the Rasa at a given address."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    async def turn(self, url: str, request: TurnRequest) -> TurnResult:
        """One message in, what the bot did out. The caller sets the deadline.

        Raises:
            BotFault: no connection, an error status, too much, or not a ``TurnResult``.
        """
        body = await self._post(f"{url}/webhooks/shopclerk/turn", dumps(request))
        try:
            return from_json(TurnResult, json.loads(body))
        except (ValueError, InvalidInput, RecursionError) as error:
            raise BotFault("garbage") from error

    async def listen(self, url: str, request: ListenRequest) -> None:
        """Something for the tracker's log.

        Raises:
            BotFault: it was not taken.
        """
        await self._post(f"{url}/webhooks/shopclerk/listen", dumps(request))

    async def erase(self, url: str, request: EraseRequest) -> None:
        """Has the bot forget a conversation.

        Raises:
            BotFault: it was not taken.
        """
        await self._post(f"{url}/webhooks/shopclerk/erase", dumps(request))

    async def is_reachable(self, url: str) -> bool:
        """Whether an HTTP server that is not failing answers at ``url`` within a second."""
        address = f"{url}/webhooks/shopclerk/"
        try:
            async with asyncio.timeout(1.0):
                status, _ = await self._http.send("GET", address, headers={}, max_bytes=MAX_ANSWER_BYTES)
        except (Unreachable, UselessAnswer, TimeoutError):
            return False
        return status < 500

    async def _post(self, address: str, content: str) -> bytes:
        try:
            status, body = await self._http.send(
                "POST", address, headers=_JSON, content=content.encode(), max_bytes=MAX_ANSWER_BYTES
            )
        except Unreachable as error:
            raise BotFault("unreachable", is_retryable=True) from error
        except UselessAnswer as error:
            raise BotFault(str(error)) from error
        if status >= 300:
            raise BotFault(f"status_{status}", is_retryable=status in _RETRYABLE)
        return body
