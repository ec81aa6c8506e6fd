"""How often something may be done. Rows of the table ``attempts`` are counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Attempt
from contract.wire import TooMany


@dataclass(frozen=True)
class Limit:
    """At most ``count`` of ``kind`` for one subject within ``minutes``; ``sentence`` is what the shopper reads."""

    kind: str
    count: int
    minutes: int
    sentence: str

    def check(self, session: Session, subject: str) -> None:
        """Nothing, while there is room. Others who ask for the same subject wait until this transaction ends.

        Raises:
            TooMany: the limit is reached.
        """
        serialise(session, f"{self.kind}:{subject}")
        since = utc_now() - timedelta(minutes=self.minutes)
        count = select(func.count()).where(
            Attempt.kind == self.kind, Attempt.subject == subject[:160], Attempt.at > since
        )
        if session.scalar(count) >= self.count:  # type: ignore[operator]
            raise TooMany(self.sentence, retry_after=self.minutes * 60)

    def note(self, session: Session, subject: str) -> None:
        """Counts one more."""
        session.add(Attempt(kind=self.kind, subject=subject[:160], at=utc_now()))


def serialise(session: Session, name: str) -> None:
    """Lets only one transaction at a time pass here for ``name``. SQLite's writers are in line anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
