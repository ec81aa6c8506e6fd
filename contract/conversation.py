"""What the gateway, Rasa's internal channel and the actions say to each other (signed: ``contract.signing``).

A turn: the gateway posts a ``TurnRequest`` to ``/webhooks/shopclerk/turn`` of the bot, with a signed
``Context``. The channel puts the token into the metadata of Rasa's message under ``context``; the
actions verify it there. Whoever the shopper is comes from this token and from nowhere else. Where a message has
several requests, each further one is a message of Rasa's own under the same token, with its number under ``part``.

On the way back an action's ``json_message`` is a dict with any of the keys ``cards``, ``source`` and
``effects``. An effect is a signed ``Effect``: the only way in which an action can change the session
(identified, verified, handed over). The channel answers with a ``TurnResult``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.nlu import ParseResult

PHOTO_TEXT = "I am sending a photo."  # what the bot hears where a photo came without words
PART = "part"  # in the metadata of Rasa's message, from 2
REQUESTS = "requests"  # the slot for what was asked and is not done yet: {"waiting": [parse data], "asked": [words]}
PARTS = "parts"  # in the parse data of a message inside a form: each of its requests as parse data of its own
ERASED = "shopclerk_erased"  # type_name of the event that is left of a conversation in the tracker store


@dataclass(frozen=True)
class Context:
    """Who is speaking, as the gateway knows it.

    ``conversation_id`` is Rasa's sender id; no client sees it. ``customer_id`` is set when the
    session is verified, ``verified_at`` says when (unix seconds). ``identified_orders`` are the
    order numbers for which this session has named the matching e-mail or zip code. ``photos`` are the
    ids of the photos that the shopper sent within the last hour, the oldest first.
    """

    conversation_id: str
    message_id: str
    channel: str
    issued_at: float
    customer_id: str | None = None
    verified_at: float | None = None
    identified_orders: tuple[str, ...] = ()
    locale: str = "en"
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class Button:
    """``payload`` is Rasa's ``/intent{"entity": "value"}``; the gateway shows clients a token instead."""

    title: str
    payload: str


@dataclass(frozen=True)
class CardField:
    label: str
    value: str


@dataclass(frozen=True)
class Card:
    """A product or an order to draw. ``kind`` is ``product`` or ``order``; texts are plain, not markup. ``url`` is the
    page of the thing: the title links to it."""

    kind: str
    title: str
    subtitle: str | None = None
    image_url: str | None = None
    badge: str | None = None
    fields: tuple[CardField, ...] = ()
    buttons: tuple[Button, ...] = ()
    url: str | None = None


@dataclass(frozen=True)
class Source:
    """Where a knowledge answer comes from."""

    title: str
    url: str | None = None


@dataclass(frozen=True)
class Reply:
    """One bubble. ``text`` may hold light markdown (bold, italic, lists, links)."""

    text: str | None = None
    buttons: tuple[Button, ...] = ()
    cards: tuple[Card, ...] = ()
    source: Source | None = None


@dataclass(frozen=True)
class Effect:
    """A change of the session that an action asks for.

    ``kind``: ``identified`` (order_id), ``verified`` (customer_id), ``forgotten`` (customer_id, whose account
    was deleted), ``handoff`` (ticket_id, reason).
    """

    kind: str
    conversation_id: str
    issued_at: float
    order_id: str | None = None
    customer_id: str | None = None
    ticket_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class TurnRequest:
    """Exactly one of ``text`` (typed; never a command) and ``payload`` (of a button we offered)."""

    context: str
    text: str | None = None
    payload: str | None = None


@dataclass(frozen=True)
class TurnResult:
    """What the bot did. ``understood_by`` is ``transformer``, ``local`` or ``button``;
    ``failed_action`` names an action that did not answer."""

    replies: tuple[Reply, ...]
    effects: tuple[str, ...] = ()
    prediction: ParseResult | None = None
    understood_by: str = "transformer"
    archive: str | None = None
    failed_action: str | None = None


@dataclass(frozen=True)
class ListenRequest:
    """Something for the tracker's log on which Rasa must not act, at ``/webhooks/shopclerk/listen``.

    ``kind``: ``shopper_message``, ``operator_message``, ``bot_message`` (a sentence the gateway itself
    said), ``feedback`` (value 1 or -1 about the answer to ``about_message_id``), ``handoff_ended``.
    """

    context: str
    kind: str
    text: str | None = None
    value: int | None = None
    about_message_id: str | None = None
    operator: str | None = None


@dataclass(frozen=True)
class Erasure:
    """A conversation of which nothing may be left: the gateway has erased it and never speaks of it again."""

    conversation_id: str
    issued_at: float


@dataclass(frozen=True)
class EraseRequest:
    """For ``/webhooks/shopclerk/erase`` of the bot, with a signed ``Erasure``. Twice is the same as once.

    The bot deletes every event of the conversation and leaves one, of the type ``ERASED``, that says so.
    """

    erasure: str


@dataclass(frozen=True)
class AccountErased:
    """What the action server tells the gateway at ``POST /v1/erasures``, with the secret key as bearer: an account was
    deleted by its customer. ``order_ids`` are its orders, by which somebody may have been identified."""

    customer_id: str
    order_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToBeErased:
    """What the gateway answers: the conversations that it is going to erase."""

    conversations: tuple[str, ...]


@dataclass(frozen=True)
class OpenTickets:
    """What the gateway asks the action server at ``POST /tickets/open``, with the secret key as bearer: which of these
    conversations have an open ticket. The answer is of the same kind and names those."""

    conversation_ids: tuple[str, ...]


@dataclass(frozen=True)
class News:
    """What a shopper should hear without having asked. The action server posts it, signed, to the gateway.

    ``kind`` (``late`` or ``delivered``) and ``order_id`` name it: posted again, it is told once. ``customer_id`` is
    whose order it is.
    """

    kind: str
    order_id: str
    customer_id: str
    text: str
    issued_at: float
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class NewsResult:
    """``state``: ``none`` (no chat takes it), ``waiting`` (for a messenger: ask again later) or ``told``.

    ``is_verified``: the chat is one in which this customer was verified. Else somebody there has named the order with
    its zip code or e-mail address, and the customer should hear of it by mail too.
    """

    state: str
    is_verified: bool = False


def message_id_of(context: Context, metadata: Mapping[str, Any]) -> str:
    """The id of Rasa's message with this metadata: the gateway's, and the number of a further request behind it."""
    return f"{context.message_id}:{metadata[PART]}" if PART in metadata else context.message_id
