"""What goes into a conversation's log without an answer: see ``contract.conversation.ListenRequest``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rasa.shared.core.events import BotUttered, Event, UserUttered

from bot.serving.events import KEY, FeedbackGiven, HandoffEnded, notes
from bot.serving.requests import check_text
from bot.understanding.parse_data import not_parsed
from contract.conversation import Context, ListenRequest
from contract.wire import InvalidInput

MAX_TEXT = 8000


def to_event(request: ListenRequest, context: Context) -> Event:
    """The tracker event of ``request``.

    Raises:
        InvalidInput: an unknown kind, or what this kind needs is missing.
        TooLarge: a text of more than 8,000 characters.
    """
    make = _KINDS.get(request.kind)
    if make is None:
        raise InvalidInput(f"kind must be one of {', '.join(_KINDS)}, not {request.kind!r}.")
    return make(request, context)


def was_heard(events: Iterable[Event], event: Event) -> bool:
    """Whether an event with the same message id and of the same kind is there already."""
    key = _identity(event)
    return any(_identity(other) == key for other in events)


def _shopper_message(request: ListenRequest, context: Context) -> Event:
    text = _text(request)
    parse_data = not_parsed(text)
    return UserUttered(
        text,
        parse_data["intent"],
        parse_data["entities"],
        parse_data,
        input_channel=context.channel,
        message_id=context.message_id,
    )


def _said_by_others(request: ListenRequest, context: Context) -> Event:
    return BotUttered(_text(request), metadata=_notes(request, context))


def _feedback(request: ListenRequest, context: Context) -> Event:
    if request.value not in (1, -1) or not request.about_message_id:
        raise InvalidInput("Feedback needs a value of 1 or -1 and about_message_id.")
    return FeedbackGiven(metadata=_notes(request, context))


def _handoff_ended(request: ListenRequest, context: Context) -> Event:
    return HandoffEnded(metadata=_notes(request, context))


_KINDS: dict[str, Callable[[ListenRequest, Context], Event]] = {
    "shopper_message": _shopper_message,
    "operator_message": _said_by_others,
    "bot_message": _said_by_others,
    "feedback": _feedback,
    "handoff_ended": _handoff_ended,
}


def _text(request: ListenRequest) -> str:
    text = (request.text or "").strip()
    check_text(text, max_length=MAX_TEXT)
    return text


def _notes(request: ListenRequest, context: Context) -> dict[str, dict[str, object]]:
    values = {
        "kind": request.kind,
        "message_id": context.message_id,
        "value": request.value,
        "about_message_id": request.about_message_id,
        "operator": request.operator,
    }
    return {KEY: {name: value for name, value in values.items() if value is not None}}


def _identity(event: Event) -> tuple[str, str | None, str | None] | None:
    if isinstance(event, UserUttered):
        return ("user", event.message_id, None)
    own = notes(event)
    return (event.type_name, own["message_id"], own.get("kind")) if "message_id" in own else None
