"""What a shopper's message means: the transformer service first, the local classifier where it fails."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from bot.understanding.nlu_client import NluClient
from bot.understanding.parse_data import BY_BUTTON, BY_LOCAL, BY_TRANSFORMER, from_result
from bot.understanding.payload import parse_payload
from contract.nlu import Entity, ParseResult
from contract.wire import Unavailable

logger = logging.getLogger(__name__)


class LocalParser(Protocol):
    """The classifier that needs no service."""

    def parse(self, text: str) -> ParseResult: ...


@dataclass(frozen=True)
class Understood:
    """A prediction and who made it."""

    prediction: ParseResult
    understood_by: str

    @property
    def parse_data(self) -> dict[str, Any]:
        """What Rasa stores with the message and decides on."""
        return from_result(self.prediction, understood_by=self.understood_by)


class Interpreter:
    """Understands texts and buttons in terms of one domain's ``intents`` and ``entities``."""

    def __init__(
        self, *, service: NluClient, local: LocalParser, intents: Collection[str], entities: Collection[str]
    ) -> None:
        self._service, self._local = service, local
        self._intents, self._entities = frozenset(intents), frozenset(entities)

    async def understand_text(self, text: str) -> Understood:
        """A typed message. A leading ``/`` means nothing. Never raises because of the service."""
        try:
            result = await self._service.parse(text)
            if result.intent.name not in self._intents:
                raise Unavailable(f"The service named the intent {result.intent.name}, unknown to this bot.")
        except Unavailable as error:
            logger.warning("Understood locally: %s", error.message)
            return await self.understand_locally(text)
        return Understood(self._known(result), BY_TRANSFORMER)

    async def understand_locally(self, text: str) -> Understood:
        """What the local classifier says, in a thread so that no other conversation waits."""
        result = await asyncio.get_running_loop().run_in_executor(None, self._local.parse, text)
        return Understood(self._known(result), BY_LOCAL)

    def understand_payload(self, payload: str) -> Understood:
        """A button that the bot offered.

        Raises:
            InvalidInput: it names what this bot does not know.
        """
        result = parse_payload(payload, intents=self._intents, entities=self._entities)
        return Understood(result, BY_BUTTON)

    def _known(self, result: ParseResult) -> ParseResult:
        """The result without the requests and entities that this bot's domain does not have."""
        requests = tuple(
            dataclasses.replace(request, entities=self._known_entities(request.entities))
            for request in result.requests
            if request.intent.name in self._intents
        )
        return dataclasses.replace(result, entities=self._known_entities(result.entities), requests=requests)

    def _known_entities(self, entities: Collection[Entity]) -> tuple[Entity, ...]:
        return tuple(entity for entity in entities if entity.entity in self._entities)

    async def close(self) -> None:
        await self._service.close()
