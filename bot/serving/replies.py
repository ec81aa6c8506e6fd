"""What the bot did in a turn, read from the tracker's events, so that a stored turn gives the same answer again."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered

from bot.serving.events import notes
from bot.understanding import parse_data
from contract.conversation import PART, Button, Card, Reply, Source, TurnResult
from contract.wire import InvalidInput, from_json

logger = logging.getLogger(__name__)
MAX_REPLIES = 20


def find_turn(events: Sequence[Event], message_id: str) -> list[Event] | None:
    """The events of the turn that this message began, up to the next message; None where it never came.

    Requests that were taken as messages of their own belong to the turn in which they were.
    """
    for start, event in enumerate(events):
        if isinstance(event, UserUttered) and event.message_id == message_id:
            rest = list(events[start + 1 :])
            end = next((i for i, later in enumerate(rest) if _begins_a_turn(later)), len(rest))
            return [event, *rest[:end]]
    return None


def _begins_a_turn(event: Event) -> bool:
    return isinstance(event, UserUttered) and PART not in (event.metadata or {})


def to_result(turn: Sequence[Event], *, archive: str | None) -> TurnResult:
    """The answer of a turn, whose first event is the shopper's message.

    A turn without a reply and without an effect is a fault: ``failed_action`` names its last action then.
    """
    user = turn[0]
    assert isinstance(user, UserUttered)
    uttered = [event for event in turn if isinstance(event, BotUttered) and not notes(event).get("kind")]
    replies = tuple(reply for event in uttered for reply in _replies(event))[:MAX_REPLIES]
    effects = tuple(token for event in uttered for token in _effects(event))
    return TurnResult(
        replies=replies,
        effects=effects,
        prediction=parse_data.to_result({**(user.parse_data or {}), "text": user.text}),
        understood_by=(user.parse_data or {}).get(parse_data.KEY, {}).get("understood_by", parse_data.BY_LOCAL),
        archive=archive,
        failed_action=_failed_action(turn) or (None if replies or effects else _last_action(turn)),
    )


def _failed_action(turn: Iterable[Event]) -> str | None:
    return next((name for event in turn if (name := notes(event).get("failed_action"))), None)


def _last_action(turn: Iterable[Event]) -> str:
    names = [event.action_name for event in turn if isinstance(event, ActionExecuted)]
    names = [name for name in names if name and name != ACTION_LISTEN_NAME]
    logger.error("The bot said nothing after %s.", names[-1] if names else "the message")
    return names[-1] if names else ACTION_LISTEN_NAME


def _replies(event: BotUttered) -> list[Reply]:
    custom = _custom(event)
    reply = Reply(
        text=event.text or None,
        buttons=tuple(_buttons(event.data.get("buttons"))),
        cards=tuple(_decoded(Card, custom.get("cards") or [])),
        source=next(iter(_decoded(Source, [custom["source"]] if custom.get("source") else [])), None),
    )
    return [reply] if reply.text or reply.cards or reply.buttons else []


def _effects(event: BotUttered) -> list[str]:
    effects = _custom(event).get("effects") or []
    return [token for token in effects if isinstance(token, str)] if isinstance(effects, list) else []


def _custom(event: BotUttered) -> dict[str, Any]:
    custom = event.data.get("custom")
    return custom if isinstance(custom, dict) else {}


def _buttons(rows: Any) -> list[Button]:
    rows = rows if isinstance(rows, list) else []
    return [found for row in rows for found in _decoded(Button, [row])]


def _decoded(kind: Any, rows: Any) -> list[Any]:
    found = []
    for row in rows if isinstance(rows, list) else []:
        try:
            found.append(from_json(kind, row))
        except InvalidInput as error:
            logger.error("An action sent what is no %s: %s", kind.__name__.lower(), error.message)
    return found
