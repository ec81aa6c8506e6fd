"""The gateway's side door for operators: conversations that wait for a person."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from admin_ui.review.clients.http import Service
from contract.settings import Settings
from contract.wire import from_json


@dataclass(frozen=True)
class Line:
    """Something that was said. ``author``: shopper, bot, agent or system. ``image_url``: a photo's path at the
    gateway."""

    author: str
    at: str
    text: str | None = None
    seq: int = 0
    agent_name: str | None = None
    image_url: str | None = None
    cards: list[dict[str, Any]] | None = None
    buttons: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class Handoff:
    """A conversation that waits for a person (``operator`` None) or has one."""

    conversation_id: str
    ticket_id: str | None = None
    reason: str | None = None
    operator: str | None = None
    since: str | None = None
    last_lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Note:
    """What an operator wrote for other operators."""

    id: str
    at: str
    operator: str
    text: str


@dataclass(frozen=True)
class Shopper:
    """Who the shopper is, as far as the gateway knows. ``identified_orders``: proved with the matching e-mail or
    zip code."""

    customer_id: str | None = None
    verified_at: str | None = None
    identified_orders: tuple[str, ...] = ()
    channel: str = "web"


@dataclass(frozen=True)
class OpenTicket:
    """A handoff that nobody answered; the bot has the conversation again. ``ended_as``: why."""

    conversation_id: str
    ticket_id: str
    reason: str
    since: str
    ended_as: str
    operator: str | None = None


@dataclass(frozen=True)
class Desk:
    """Conversations that wait for a person or have one, and tickets that nobody answered; the longest wait first."""

    handoffs: tuple[Handoff, ...]
    unanswered: tuple[OpenTicket, ...] = ()


@dataclass(frozen=True)
class Ratings:
    """Answers to the question how satisfied a shopper was, from 1 to 5. ``mean`` is None without any;
    ``distribution``: how many, by value."""

    count: int
    mean: float | None
    distribution: dict[str, int]


@dataclass(frozen=True)
class Satisfaction:
    """With the bot and with persons, in the last ``days`` days."""

    days: int
    bot: Ratings
    person: Ratings


@dataclass(frozen=True)
class Chat:
    """A conversation as it is now."""

    items: tuple[Line, ...]
    notes: tuple[Note, ...] = ()
    shopper: Shopper = Shopper()
    handoff: bool = True
    ticket_id: str | None = None
    reason: str | None = None
    operator: str | None = None
    since: str | None = None


class GatewayClient:
    """Every method raises ``Unavailable`` where the gateway does not answer, and what it refuses with."""

    def __init__(self, settings: Settings) -> None:
        self._service = Service(
            name="The gateway", url=settings.gateway_url, start="python -m gateway", secret_key=settings.secret_key
        )

    def desk(self) -> Desk:
        """What operators have to do."""
        return from_json(Desk, self._service.get("/v1/operator/handoffs"))

    def satisfaction(self, *, days: int) -> Satisfaction:
        """How satisfied shoppers were."""
        return from_json(Satisfaction, self._service.get("/v1/operator/satisfaction", days=days))

    def chat(self, conversation_id: str, *, after: int = 0) -> Chat:
        """What was said after item ``after``.

        Raises:
            NotFound: the gateway does not know the conversation.
        """
        return from_json(Chat, self._service.get(_path(conversation_id, "items"), after=after))

    def photo(self, image_url: str) -> bytes:
        """The JPEG that a shopper sent.

        Raises:
            NotFound: it is not kept any more.
        """
        return self._service.get_bytes(image_url)

    def take(self, conversation_id: str, *, operator: str) -> None:
        """The operator has the conversation now.

        Raises:
            Conflict: another operator has it.
        """
        self._service.post(_path(conversation_id, "take"), {"operator": operator})

    def say(self, conversation_id: str, *, operator: str, text: str) -> None:
        """Says something to the shopper.

        Raises:
            Conflict: the operator does not have the conversation.
        """
        body = {"operator": operator, "text": text, "message_id": str(uuid.uuid4())}
        self._service.post(_path(conversation_id, "messages"), body)

    def note(self, conversation_id: str, *, operator: str, text: str) -> None:
        """Writes a note that only operators see."""
        body = {"operator": operator, "text": text, "message_id": str(uuid.uuid4())}
        self._service.post(_path(conversation_id, "notes"), body)

    def answered(self, conversation_id: str, *, operator: str) -> None:
        """The operator saw to the open tickets of the conversation."""
        self._service.post(_path(conversation_id, "answered"), {"operator": operator})

    def release(self, conversation_id: str, *, operator: str) -> None:
        """Gives the conversation back to the bot."""
        self._service.post(_path(conversation_id, "release"), {"operator": operator})


def _path(conversation_id: str, what: str) -> str:
    return f"/v1/operator/conversations/{quote(conversation_id, safe='')}/{what}"
