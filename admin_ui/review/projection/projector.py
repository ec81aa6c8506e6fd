"""Brings the review store up to date with the tracker store."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_ui.review.database import Database
from admin_ui.review.masking import Masker
from admin_ui.review.projection.apply import apply
from admin_ui.review.projection.reader import EventReader
from admin_ui.review.projection.seen import Seen
from admin_ui.review.tables import Conversation, Fault, Mark, Turn
from admin_ui.review.tracker import EventRow, TrackerReader

MARK = "projected"
BATCH = 500
SETTLED_AFTER_S = 30.0  # an id may be missing because its transaction is not committed yet
FORM_IDLE_S = 30 * 60.0


@dataclass(frozen=True)
class Projected:
    """``events`` were read; ``faults`` of them could not be understood and were noted."""

    events: int = 0
    faults: int = 0


class Projector:
    """``run`` may be called by several programs at once: a batch is applied by exactly one of them."""

    def __init__(
        self,
        database: Database,
        tracker: TrackerReader,
        *,
        masker: Masker,
        secret_key: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._tracker, self._clock = database, tracker, clock
        self._reader = EventReader(masker, secret_key)

    def run(self) -> Projected:
        """Applies everything new.

        Raises:
            Unavailable: the tracker store or the review database does not answer.
        """
        events = faults = 0
        while True:
            done = self._batch()
            if done is None:
                break
            events, faults = events + done.events, faults + done.faults
        with self._database.session() as session:
            _abandon_idle_forms(session, before=self._clock() - FORM_IDLE_S)
        return Projected(events, faults)

    def _batch(self) -> Projected | None:
        try:
            with self._database.session() as session:
                last = _mark(session)
        except IntegrityError:  # another program made the mark a moment ago
            return Projected()
        rows = _settled(self._tracker.after(last, limit=BATCH), last, now=self._clock())
        if not rows:
            return None
        read = [self._read(row) for row in rows]
        with self._database.session() as session:
            if not _claim(session, old=last, new=rows[-1].id):
                return Projected()
            for item in read:
                if isinstance(item, Fault):
                    session.merge(item)
                else:
                    apply(session, item)
        return Projected(len(rows), sum(isinstance(item, Fault) for item in read))

    def _read(self, row: EventRow) -> Seen | Fault:
        try:
            return self._reader.read(row)
        except ValueError as error:  # JSON errors are ValueErrors too
            problem = f"Event {row.id} ({row.type_name}) was skipped: {error}."
            return Fault(event_id=row.id, at=self._clock(), problem=problem[:1000])


def _mark(session: Session) -> int:
    found = session.get(Mark, MARK)
    if found is None:
        found = Mark(name=MARK, value=0)
        session.add(found)
    return found.value


def _claim(session: Session, *, old: int, new: int) -> bool:
    """Whether these rows are ours: nobody else moved the mark since we read it."""
    changed = session.execute(update(Mark).where(Mark.name == MARK, Mark.value == old).values(value=new))
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def _settled(rows: list[EventRow], last: int, *, now: float) -> list[EventRow]:
    """The rows before the first young gap in the ids."""
    for place, row in enumerate(rows):
        if row.id != last + 1 and last and now - row.timestamp < SETTLED_AFTER_S:
            return rows[:place]
        last = row.id
    return rows


def _abandon_idle_forms(session: Session, *, before: float) -> None:
    idle = select(Conversation).where(Conversation.form.is_not(None), Conversation.last_at < before)
    for conversation in session.scalars(idle):
        turn = session.get(Turn, conversation.last_turn_id) if conversation.last_turn_id else None
        conversation.form = None
        if turn is not None:
            turn.form_abandoned = True
