"""The transformer service, asked without stopping Rasa's event loop."""

from __future__ import annotations

import asyncio
import json
import logging

import aiohttp

from bot.understanding.breaker import CircuitBreaker
from contract.nlu import ParseRequest, ParseResult
from contract.wire import InvalidInput, ShopclerkError, Unavailable, dumps, error_from_body, from_json

logger = logging.getLogger(__name__)
MAX_ANSWER_BYTES = 256 * 1024
CONNECTIONS = 32  # a burst waits here, within its deadline; the service refuses what it cannot take into its next batch
_FAULTS = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, RecursionError, ShopclerkError)


class NluClient:
    """Parses with one model version over one kept connection pool, within a deadline, behind a breaker."""

    def __init__(self, url: str, *, version: str | None, deadline_s: float, breaker: CircuitBreaker | None = None):
        self._url = url.rstrip("/")
        self._version = version
        self._timeout = aiohttp.ClientTimeout(total=deadline_s)
        self._breaker = breaker or CircuitBreaker()
        self._session: aiohttp.ClientSession | None = None

    @property
    def breaker(self) -> CircuitBreaker:
        return self._breaker

    async def parse(self, text: str) -> ParseResult:
        """What the service says about ``text``.

        Raises:
            Unavailable: the breaker is open, the service is down, too slow, or its answer is no ``ParseResult``.
        """
        if not self._breaker.allows():
            raise Unavailable("The transformer service failed several times in a row and is given a rest.")
        try:
            result = await self._ask(text)
        except _FAULTS as error:
            self._breaker.failed()
            raise Unavailable(f"The transformer service gave no answer ({describe(error)}).") from error
        except BaseException:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return result

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, text: str) -> ParseResult:
        body = dumps(ParseRequest(text=text, version=self._version)).encode()
        headers = {"Content-Type": "application/json"}
        async with self._kept_session().post(f"{self._url}/v1/parse", data=body, headers=headers) as answer:
            data = json.loads(await read_bounded(answer, MAX_ANSWER_BYTES))
            if answer.status != 200:
                raise error_from_body(answer.status, data)
        return checked(from_json(ParseResult, data), text)

    def _kept_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=60)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=False)
        return self._session


async def read_bounded(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, of at most ``limit`` bytes.

    Raises:
        InvalidInput: it is longer.
    """
    body = bytearray()
    async for chunk in answer.content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > limit:
            raise InvalidInput(f"The answer is longer than {limit} bytes.")
    return bytes(body)


def checked(result: ParseResult, text: str) -> ParseResult:
    """``result``, if its numbers are probabilities and its spans lie inside the text.

    Raises:
        InvalidInput: they are not.
    """
    scores = [result.intent, *result.intent_ranking, *(request.intent for request in result.requests)]
    if not all(0.0 <= score.confidence <= 1.0 for score in scores):
        raise InvalidInput("A confidence is not in [0, 1].")
    if not result.intent.name or not result.intent_ranking:
        raise InvalidInput("There is no intent.")
    entities = [*result.entities, *(entity for request in result.requests for entity in request.entities)]
    if not all(0 <= entity.start < entity.end <= len(text) for entity in entities):
        raise InvalidInput("An entity lies outside the text.")
    return result


def describe(error: BaseException) -> str:
    """A short name of the fault, without anything that the shopper wrote."""
    if isinstance(error, asyncio.TimeoutError):
        return "too slow"
    if isinstance(error, ShopclerkError):
        return error.error_type
    return type(error).__name__
