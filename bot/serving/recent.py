"""The part of a conversation that the policies look at. Rasa's replay all of it for every action that they predict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa.shared.core.events import (
    ActiveLoop,
    AllSlotsReset,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

MESSAGES = 6
"""More than the longest rule and the memory of ``MemoizationPolicy`` reach back, counted without messages in forms."""


def recent(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """The conversation since its last ``MESSAGES`` outside forms, with the slots that were set before.

    It never begins inside a form: rules look at how a form was begun.
    """
    events = list(tracker.events)
    start = _start(events)
    if start == 0:
        return tracker
    slots = [SlotSet(name, value) for name, value in _slots(events[:start]).items()]
    return DialogueStateTracker.from_events(tracker.sender_id, [*slots, *events[start:]], tracker.slots.values())


def _start(events: Sequence[Event]) -> int:
    outside, form = [], None
    for place, event in enumerate(events):
        if isinstance(event, ActiveLoop):
            form = event.name
        elif isinstance(event, UserUttered) and form is None:
            outside.append(place)
    return outside[-MESSAGES] if len(outside) > MESSAGES else 0


def _slots(events: Sequence[Event]) -> dict[str, Any]:
    slots: dict[str, Any] = {}
    for event in events:
        if isinstance(event, SlotSet):
            slots[event.key] = event.value
        elif isinstance(event, (AllSlotsReset, Restarted, SessionStarted)):
            slots.clear()
    return slots
