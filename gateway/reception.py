"""What happens when a person is asked for: the conversation joins the queue, and the shopper is told honestly how long
it may take, or when the team is back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median

from sqlalchemy import Connection

from gateway import sentences
from gateway.business_hours import BusinessHours
from gateway.handoff_changes import Request, change
from gateway.handoff_states import Event
from gateway.store import handoffs

ASKED_FOR_PERSON = "asked for a person"
RECENT_S = 24 * 3600.0
ENOUGH_TAKES = 5
MOST_TAKES = 30


@dataclass(frozen=True)
class Reception:
    """``cool_down_s``: how long the bot does not hand over by itself again for a reason that nobody had time for."""

    hours: BusinessHours
    cool_down_s: float

    def ask(self, db: Connection, conversation_id: str, request: Request, *, now: float) -> str | None:
        """Queues the conversation; returns what the shopper is told. None where a person has it already."""
        missed = self._missed(db, conversation_id, request, now=now)
        if missed is not None:
            return sentences.still_nobody(missed.ticket_id)
        if change(db, conversation_id, Event.ASKED, request=request, now=now) is None:
            return None
        return self._wait(db, conversation_id, now=now)

    def _missed(self, db: Connection, conversation_id: str, request: Request, *, now: float) -> handoffs.Handoff | None:
        """The handoff that would be repeated in vain. A shopper who asks for a person always gets into the queue."""
        if request.reason == ASKED_FOR_PERSON:
            return None
        last = handoffs.last_ended(db, conversation_id)
        if last is None or last.reason != request.reason or last.ended_as != Event.QUEUE_TIMED_OUT.value:
            return None
        return last if now - float(last.ended_at or 0) < self.cool_down_s else None

    def _wait(self, db: Connection, conversation_id: str, *, now: float) -> str:
        handoff = handoffs.current(db, conversation_id)
        assert handoff is not None, "the conversation was queued a moment ago"
        if not self.hours.is_open(now):
            return sentences.team_is_back(self.hours.opens_next(now), now=now, ticket=handoff.ticket_id)
        ahead = handoffs.waiting_before(db, handoff)
        return sentences.place_in_queue(ahead, minutes=estimated_minutes(db, now=now))


def estimated_minutes(db: Connection, *, now: float) -> int | None:
    """The median wait of the newest takes of the last day, in minutes, at least 1; None where there are too few."""
    waits = handoffs.recent_waits(db, since=now - RECENT_S, limit=MOST_TAKES)
    return max(1, math.ceil(median(waits) / 60)) if len(waits) >= ENOUGH_TAKES else None
