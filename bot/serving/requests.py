"""What may come in from the gateway. The gateway checks too; this is the second door."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from contract.conversation import Context, TurnRequest
from contract.wire import InvalidInput, TooLarge, from_json

T = TypeVar("T")
_ID = re.compile(r"[A-Za-z0-9_.:@-]{1,128}")


def decode(kind: type[T], body: bytes) -> T:
    """The request that ``body`` holds.

    Raises:
        InvalidInput: not JSON, or not such a request.
    """
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("The request is not JSON.") from error
    return from_json(kind, data)


def check_context(context: Context) -> None:
    """
    Raises:
        InvalidInput: an id is empty, too long or of other characters.
    """
    for name in ("conversation_id", "message_id", "channel"):
        check_id(getattr(context, name), name)


def check_id(value: str, name: str) -> None:
    """
    Raises:
        InvalidInput: empty, too long or of other characters.
    """
    if not _ID.fullmatch(value):
        raise InvalidInput(f"{name} must be 1 to 128 letters, digits and _.:@- characters.")


def check_turn(request: TurnRequest, *, max_length: int) -> None:
    """
    Raises:
        InvalidInput: both or none of text and payload, or a text with nothing to read or with NUL characters.
        TooLarge: a text longer than ``max_length`` characters.
    """
    if (request.text is None) == (request.payload is None):
        raise InvalidInput("A turn needs exactly one of text and payload.")
    check_text(spoken(request), max_length=max_length)


def check_text(text: str, *, max_length: int) -> None:
    """The checks of ``check_turn`` for one text."""
    if not text:
        raise InvalidInput("The message is empty.")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput("The message holds characters that cannot be stored.")
    if len(text) > max_length:
        raise TooLarge(f"The message has {len(text)} characters; at most {max_length} are allowed.")


def spoken(request: TurnRequest) -> str:
    """The text as Rasa stores it: without the white space around it."""
    return (request.payload if request.text is None else request.text or "").strip()
