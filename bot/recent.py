"""The part of a session that a turn needs. Rasa replays all that it is given, several times for every action."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.shared.core.events import ActiveLoop, AllSlotsReset, Event, Restarted, SlotSet, UserUttered

MESSAGES = 8
"""More than the longest rule and the memory of ``MemoizationPolicy`` reach back, counted without messages in forms."""

_MARKS = (UserUttered.type_name, ActiveLoop.type_name)
_SETTERS = (SlotSet.type_name, AllSlotsReset.type_name, Restarted.type_name)


@dataclass(frozen=True)
class Recent:
    """``setters``: rows before the part begins that say what its slots are. ``messages_before``: of the shopper."""

    setters: Sequence[Any]
    rows: Sequence[Any]
    messages_before: int


def read_recent(connection: sa.Connection, events: sa.Table, *session: Any) -> Recent:
    """The rows (``id``, ``data``) since the last ``MESSAGES`` of the shopper outside forms.

    They never begin inside a form: rules look at how a form was begun.

    Args:
        session: conditions that choose the rows of the session.
    """
    form = sa.case((events.c.type_name == ActiveLoop.type_name, events.c.data))
    marks = sa.select(events.c.id, form.label("form")).where(*session, events.c.type_name.in_(_MARKS))
    begin, messages_before = _begin(connection.execute(marks.order_by(events.c.id)))
    rows = sa.select(events.c.id, events.c.data).where(*session).order_by(events.c.id)
    setters = rows.where(events.c.id < begin, events.c.type_name.in_(_SETTERS))
    return Recent(
        connection.execute(setters).fetchall() if messages_before else (),
        connection.execute(rows.where(events.c.id >= begin)).fetchall(),
        messages_before,
    )


def slots_set(events: Iterable[Event]) -> list[Event]:
    """Events that set the slots as all these do together."""
    slots: dict[str, Any] = {}
    for event in events:
        if isinstance(event, SlotSet):
            slots[event.key] = event.value
        else:
            slots.clear()
    return [SlotSet(name, value) for name, value in slots.items()]


def _begin(marks: Iterable[Any]) -> tuple[int, int]:
    """The id of the first row, and how many messages stand before it."""
    places: list[int] = []
    outside: list[int] = []
    is_inside = False
    for mark in marks:
        if mark.form is not None:
            is_inside = json.loads(mark.form).get("name") is not None
            continue
        places.append(mark.id)
        if not is_inside:
            outside.append(mark.id)
    if len(outside) <= MESSAGES:
        return 0, 0
    begin = outside[-MESSAGES]
    return begin, places.index(begin)
