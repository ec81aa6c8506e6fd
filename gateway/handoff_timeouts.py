"""Gives the bot back what nobody took in time, and what an operator left: the shopper never waits for nobody."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from contract.settings import Settings
from gateway import logs
from gateway.background import Repeating
from gateway.handoff import Handoffs
from gateway.handoff_changes import Change, change
from gateway.handoff_states import Event
from gateway.store import conversations, handoffs
from gateway.store.database import Database
from gateway.store.handoffs import Handoff

EVERY_S = 2.0
NEVER = float("-inf")

log = logs.get()


@dataclass(frozen=True)
class Limits:
    """Times (unix seconds) before which something must have happened. ``NEVER`` where it may take forever."""

    asked_before: float
    active_before: float

    @classmethod
    def at(cls, now: float, settings: Settings) -> Limits:
        wait_s, quiet_s = settings.handoff_wait_minutes * 60, settings.handoff_quiet_minutes * 60
        return cls(now - wait_s if wait_s > 0 else NEVER, now - quiet_s if quiet_s > 0 else NEVER)


@dataclass
class HandoffTimeouts:
    """A background task. Several gateways on one database may each run it: a handoff ends once."""

    database: Database
    handoffs: Handoffs
    settings: Settings

    def background(self) -> Repeating:
        """The work that goes on while the gateway runs."""
        return Repeating("handoff time-outs", lambda: self.check(now=time.time()), EVERY_S)

    async def check(self, *, now: float) -> int:
        """Ends what is due; returns how many handoffs this gateway ended.

        Raises:
            Unavailable: the database does not answer.
        """
        limits, ended = Limits.at(now, self.settings), 0
        for found in await self.database.read(partial(_due, limits=limits)):
            end = partial(time_out, conversation_id=found.conversation_id, limits=limits, now=now)
            changed = await self.database.write(end)
            self.handoffs.tell(changed)
            ended += changed is not None
        return ended


def time_out(db: Connection, conversation_id: str, *, limits: Limits, now: float) -> Change | None:
    """Ends the conversation's handoff if it is due; None if it is not, for example any more."""
    conversations.locked(db, conversation_id)
    found = handoffs.current(db, conversation_id)
    event = _event(found, limits) if found else None
    return change(db, conversation_id, event, now=now) if event else None


def _event(handoff: Handoff, limits: Limits) -> Event | None:
    if handoff.operator_at is None:
        return Event.QUEUE_TIMED_OUT if handoff.asked_at < limits.asked_before else None
    return Event.OPERATOR_WENT_QUIET if handoff.operator_at < limits.active_before else None


def _due(db: Connection, *, limits: Limits) -> list[Handoff]:
    return [
        *handoffs.untaken(db, asked_before=limits.asked_before),
        *handoffs.quiet(db, active_before=limits.active_before),
    ]
