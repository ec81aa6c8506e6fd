"""One turn as an action sees it: who asks, what was said, and what the action answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rasa_sdk import Tracker
from sqlalchemy.orm import Session

from actions.access import require
from actions.db.engine import transaction
from actions.identity import after, read_context, viewer_of
from actions.message import Part, read_message, read_parts
from actions.rephrasing import Plain
from actions.runtime import Runtime
from actions.services.idempotency import IdempotencyKey
from actions.services.money import Money, format_money
from contract.conversation import PART, REQUESTS, Button, Card, Effect, Reply, Source
from contract.signing import sign

Event = dict[str, Any]


class Turn:
    """What ``ShopAction.perform`` gets. Nothing said here leaves before ``perform`` has returned."""

    def __init__(self, tracker: Tracker, runtime: Runtime) -> None:
        """
        Raises:
            Unauthorised: the message has no context that we signed, or it has expired.
        """
        self.runtime, self.settings = runtime, runtime.settings
        self.context = read_context(tracker.latest_message, self.settings)
        self.earlier, self.events = _split(tracker.events, _is_message)
        self.viewer = viewer_of(self.context, _split(tracker.events, _is_whole_message)[1], self.settings)
        self.parts = read_parts(tracker.latest_message)
        self.message = read_message(tracker.latest_message)
        if self.parts and (put_off := [event for event in self.events if event.get("name") == REQUESTS]):
            self.message = _not_waiting(self.parts, put_off[-1]).message
        self.is_further = PART in (tracker.latest_message.get("metadata") or {})
        self.slots: dict[str, Any] = tracker.slots
        self.active_form = tracker.active_loop_name
        self.replies: list[Reply] = []
        self.plain: Plain | None = None
        self.effects: list[str] = []

    def say(
        self,
        text: str | None,
        *,
        buttons: Sequence[Button] = (),
        cards: Sequence[Card] = (),
        source: Source | None = None,
        plain: Plain | None = None,
    ) -> None:
        """One bubble, with light markdown in ``text``. ``plain``: what it tells, where that may be rephrased."""
        self.plain = plain
        self.replies.append(Reply(text, tuple(buttons), tuple(cards), source))

    def effect(self, kind: str, **values: str | None) -> None:
        """Asks the gateway to change the session; later actions of this turn see it too."""
        effect = Effect(kind, self.context.conversation_id, time.time(), **values)
        self.effects.append(sign(effect, key=self.settings.secret_key))
        self.viewer = after(self.viewer, effect)

    @property
    def has_spoken(self) -> bool:
        """Whether an earlier action of this turn has said something."""
        return any(event.get("event") == "bot" for event in self.events)

    def key(self, action: str) -> IdempotencyKey:
        """Names a change, so that it is made once however often this message is handled."""
        return IdempotencyKey(self.context.conversation_id, self.context.message_id, action)

    def require(self, action: str, order_id: str | None = None) -> None:
        """Raises ``NeedsIdentification`` or ``NeedsVerification`` if this viewer may not do ``action``."""
        require(self.viewer, action, order_id)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that changes the order database."""
        with transaction(self.runtime.writing) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot of the order database."""
        with transaction(self.runtime.reading) as session:
            yield session

    def money(self, money: Money) -> str:
        return format_money(money, self.settings.locale)


def _split(
    events: Sequence[Mapping[str, Any]], begins: Callable[[Mapping[str, Any]], bool]
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The events before and since the last one that ``begins`` something."""
    places = [place for place, event in enumerate(events) if begins(event)]
    start = places[-1] + 1 if places else 0
    return list(events[:start]), list(events[start:])


def _not_waiting(parts: Sequence[Part], put_off: Mapping[str, Any]) -> Part:
    """The first part that a form has not put off."""
    waiting = (put_off.get("value") or {}).get("waiting") or []
    return next((part for part in parts if dict(part.parse_data) not in waiting), parts[0])


def _is_message(event: Mapping[str, Any]) -> bool:
    return event.get("event") == "user"


def _is_whole_message(event: Mapping[str, Any]) -> bool:
    """Not one of several requests that is taken as a message of its own."""
    return _is_message(event) and PART not in (event.get("metadata") or {})
