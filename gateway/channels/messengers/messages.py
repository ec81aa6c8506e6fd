"""What every messenger is: it reads webhooks into messages, has a look, and sends bubbles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

from contract.wire import InvalidInput, NotFound
from gateway.channels.messengers.rich import Span
from gateway.store.deliveries import Address

MAX_ID = 255
SEE_IN_SHOP = "See it in the shop"  # at most 20 characters: Messenger and WhatsApp show no more


@dataclass(frozen=True)
class PhotoSource:
    """Where a photo is: by the provider's ``id`` of it, at its ``url``, or ``data``, the file itself (its beginning,
    unless it ``is_whole``)."""

    id: str = ""
    url: str = ""
    data: bytes = b""
    is_whole: bool = True


@dataclass(frozen=True)
class ChannelMessage:
    """What one person did on a messenger.

    ``sender`` is the provider's proof of who wrote (with the account that was written to), ``id`` its id of the
    message, ``address`` where the answers go. ``text`` is typed, perhaps beside a ``photo``, ``token`` is a button's;
    none of them is something that we cannot take, or with ``is_start`` the beginning of the chat.
    """

    channel: str
    sender: str
    id: str
    address: Address
    text: str | None = None
    token: str | None = None
    photo: PhotoSource | None = None
    is_start: bool = False

    def with_photos(self, photos: Sequence[PhotoSource]) -> tuple[ChannelMessage, ...]:
        """A message for each photo, the first with the words; this one if there is no photo."""
        first = replace(self, photo=photos[0]) if photos else self
        others = (replace(self, id=f"{self.id} photo {n}", text=None, photo=p) for n, p in enumerate(photos[1:], 2))
        return first, *others


@dataclass(frozen=True)
class Webhook:
    """A provider's request. Header names are in lower case."""

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True)
class Received:
    """What a webhook brought, and what its provider wants to hear once that is durable."""

    messages: tuple[ChannelMessage, ...] = ()
    reply: str = ""
    media_type: str = "text/plain"


@dataclass(frozen=True)
class Choice:
    """A button: ``token`` is what pressing it sends."""

    title: str
    token: str


@dataclass(frozen=True)
class ShownCard:
    """A card of a carousel, within the carousel's limits."""

    title: str
    details: str
    image: str | None
    choices: tuple[Choice, ...]
    url: str | None = None


@dataclass(frozen=True)
class Bubble:
    """One call of the provider. ``form`` names the form that shows ``choices``; ``alt`` says what ``image`` shows;
    ``url`` is what its button or picture opens (see ``CardLink``); a carousel has ``cards`` only. ``key`` is one for
    all attempts and another for each bubble of a conversation."""

    spans: tuple[Span, ...] = ()
    form: str = ""
    choices: tuple[Choice, ...] = ()
    image: str | None = None
    alt: str = ""
    url: str | None = None
    cards: tuple[ShownCard, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class Form:
    """A way to show buttons: how many, their longest title and the longest text above them, in characters.
    ``takes_image``: a picture may stand in the same bubble."""

    name: str
    buttons: int
    title: int
    text: int
    takes_image: bool = True


@dataclass(frozen=True)
class Carousel:
    """How many cards one bubble may hold, and each card's limits in characters and buttons."""

    cards: int
    title: int
    details: int
    buttons: int
    button_title: int


class CardLink(Enum):
    """Where a card's link is: a signed address is too long to be read, so it never stands there as text."""

    TITLE = "title"
    BUTTON = "button"  # of the card's bubble where no other buttons are, or else of a bubble that follows
    PICTURE = "picture"  # which is pressed, with the title under it; without a picture the title alone


@dataclass(frozen=True)
class Look:
    """What a messenger can show.

    ``text`` is the longest text of one bubble as ``size`` counts what ``markup`` makes of it. ``forms`` are its ways to
    show buttons, the best one first. ``caption`` is the longest text with a picture; None: it shows no pictures.
    ``link_text`` is the longest text above a link's button, which may have a picture if ``caption`` is more than 0.
    ``is_joined``: everything that waits goes out in one bubble.
    """

    text: int
    markup: Callable[[tuple[Span, ...]], str]
    forms: tuple[Form, ...] = ()
    caption: int | None = None
    carousel: Carousel | None = None
    link: CardLink = CardLink.TITLE
    link_text: int = 0
    size: Callable[[str], int] = len
    is_joined: bool = False


class NotDelivered(Exception):
    """A provider did not take a bubble, or give a photo. ``is_permanent``: it never will; else after ``retry_after``
    seconds perhaps."""

    def __init__(self, cause: str, *, is_permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(cause)
        self.cause, self.is_permanent, self.retry_after = cause, is_permanent, retry_after


class Channel(Protocol):
    """A messenger that is set up.

    ``writes_within_s``: for how many seconds after a person's last message we may write without being asked; endless,
    or 0 for never.
    """

    name: str
    look: Look
    writes_within_s: float

    async def send(self, address: Address, bubble: Bubble) -> None:
        """One call of the provider.

        Raises:
            NotDelivered: it was not taken.
        """

    async def fetch(self, photo: PhotoSource) -> bytes:
        """The file that a person sent as a photo.

        Raises:
            NotDelivered: the provider does not give it. TooLarge: it has more than ``photo_max_mb``.
        """


class WebhookChannel(Channel, Protocol):
    """A messenger whose provider calls us."""

    def handshake(self, hook: Webhook, /) -> Received:
        """The provider's question (a GET) whether this address is ours.

        Raises:
            Unauthorised: it does not know our secret. NotFound: this provider asks no such thing.
        """

    def read(self, hook: Webhook) -> Received:
        """What a request (a POST) brings.

        Raises:
            Unauthorised: the signature is wrong. InvalidInput: not what this provider sends.
        """


class NoHandshake:
    """For providers that ask nothing."""

    def handshake(self, _hook: Webhook, /) -> Received:
        raise NotFound("Nothing is asked here.")


def identifier(data: Any, name: str) -> str:
    """An id of the provider, a string or a number, as a string.

    Raises:
        InvalidInput: missing, of another type, or too long.
    """
    value = data.get(name) if isinstance(data, dict) else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID or not value.isprintable():
        raise InvalidInput(f"The request has no usable {name}.")
    return value


def child(data: Any, name: str) -> dict[str, Any]:
    """The object ``name`` in an object; an empty one if there is none."""
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}


def children(data: Any, name: str) -> list[dict[str, Any]]:
    """The objects in the list ``name`` of an object."""
    value = data.get(name) if isinstance(data, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def string(data: Any, name: str) -> str | None:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, str) else None
