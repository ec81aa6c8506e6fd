"""Conversations that were erased from the tracker store are erased from the review store.

The projection does it when it comes to the event that says so; but it runs only while somebody looks. ``Eraser`` runs
beside it, and so cheaply that it can run all day.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from admin_ui.review.database import Database
from admin_ui.review.tables import Annotation, Conversation, Mark, Step, Turn
from admin_ui.review.tracker import TrackerReader

MARK = "erased"
BATCH = 500


class Eraser:
    """Safe to run in several programs at once, and twice."""

    def __init__(self, database: Database, tracker: TrackerReader) -> None:
        self._database, self._tracker = database, tracker

    def run(self) -> int:
        """Erases what was erased from the tracker store since the last run; returns how many conversations.

        Raises:
            Unavailable: the tracker store or the review database does not answer.
        """
        count = 0
        while True:
            with self._database.session() as session:
                mark = session.get(Mark, MARK)
                last = mark.value if mark else 0
            rows = self._tracker.erased_after(last, limit=BATCH)
            if not rows:
                return count
            with self._database.session() as session:
                forget(session, {row.sender_id for row in rows})
                session.merge(Mark(name=MARK, value=rows[-1].id))
            count += len(rows)


def forget(session: Session, conversation_ids: Collection[str]) -> None:
    """Deletes these conversations with their turns and steps, and the words in what was decided about them.

    The text of an approved example stays: it is masked, a person has read it, and it stands in the training data.
    """
    turns = select(Turn.id).where(Turn.conversation_id.in_(conversation_ids))
    newest = select(func.max(Annotation.id)).where(Annotation.turn_id.in_(turns)).group_by(Annotation.turn_id)
    is_example = Annotation.id.in_(newest) & (Annotation.state == "approved") & Annotation.is_example.is_(True)
    # Past the guard of append-only tables, which is meant for decisions, not for words.
    session.execute(
        update(Annotation)
        .where(Annotation.turn_id.in_(turns), ~is_example)
        .values(text="", spans=[], is_example=False)
        .execution_options(synchronize_session=False)
    )
    for kind, key in ((Step, Step.conversation_id), (Turn, Turn.conversation_id), (Conversation, Conversation.id)):
        session.execute(delete(kind).where(key.in_(conversation_ids)).execution_options(synchronize_session=False))
    session.expire_all()
