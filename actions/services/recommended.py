"""The log of what was recommended and taken up: the customer's id is all that it knows of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import ShownRecommendation

ASKED_WITHIN = timedelta(days=1)
"""For this long after it was shown, a question about a product or a click on its link counts as an answer to it."""


@dataclass(frozen=True)
class Origin:
    """How a product came to be recommended; the fields are those of ``ShownRecommendation``."""

    arm: str
    is_learned: bool
    reason: str
    context: Mapping[str, float]


def note_shown(session: Session, viewer: Viewer, turn: int, shown: Sequence[tuple[str, Origin]]) -> None:
    """Notes an answer's products (id, origin) in their order; the same message noted again changes nothing.

    Args:
        turn: the how many-th message of the shopper this was.
    """
    now = utc_now()
    rows = [
        {
            "conversation_id": viewer.conversation_id,
            "message_id": viewer.message_id,
            "turn": turn,
            "place": place,
            "customer_id": _customer(viewer),
            "product_id": product_id,
            "arm": origin.arm,
            "is_learned": origin.is_learned,
            "reason": origin.reason,
            "context": dict(origin.context),
            "shown_at": now,
        }
        for place, (product_id, origin) in enumerate(shown)
    ]
    if rows:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(ShownRecommendation).on_conflict_do_nothing(), rows)


def is_shown(session: Session, viewer: Viewer, product_id: str) -> bool:
    """Whether the product was recommended in this conversation lately, and nobody has asked about it since."""
    shown = _open(_here(viewer), product_id)
    return session.scalar(select(ShownRecommendation.id).where(*shown).limit(1)) is not None


def note_asked(session: Session, viewer: Viewer, product_id: str) -> None:
    """Notes that somebody asked about the product, pressed a button of its card, or began to buy it."""
    _take_up(session, _open(_here(viewer), product_id))


def note_clicked(session: Session, message_id: str, product_id: str) -> None:
    """Notes that somebody followed the link of the product's card in the answer to this message."""
    _take_up(session, _open(ShownRecommendation.message_id == message_id, product_id))


def claim(session: Session, viewer: Viewer) -> None:
    """Whoever proves in a conversation who they are is whom the things were recommended to."""
    row = ShownRecommendation
    if (customer := _customer(viewer)) is not None:
        mine = (row.conversation_id == viewer.conversation_id, row.customer_id.is_(None))
        session.execute(update(row).where(*mine).values(customer_id=customer))


def forget(session: Session, viewer: Viewer) -> None:
    """Deletes what was recommended to the viewer's account, in whole conversations, and in this one."""
    row = ShownRecommendation
    theirs = select(row.conversation_id).where(row.customer_id == viewer.customer_id)
    session.execute(
        delete(row).where(row.conversation_id.in_(theirs) | (row.conversation_id == viewer.conversation_id))
    )


def prune(session: Session, days: int) -> None:
    """Deletes what was shown more than ``days`` ago."""
    row = ShownRecommendation
    session.execute(delete(row).where(row.shown_at < utc_now() - timedelta(days=days)))


def _customer(viewer: Viewer) -> str | None:
    return viewer.customer_id if viewer.verified else None


def _take_up(session: Session, shown: tuple[ColumnElement[bool], ...]) -> None:
    session.execute(update(ShownRecommendation).where(*shown).values(asked_at=utc_now()))


def _here(viewer: Viewer) -> ColumnElement[bool]:
    return ShownRecommendation.conversation_id == viewer.conversation_id


def _open(where: ColumnElement[bool], product_id: str) -> tuple[ColumnElement[bool], ...]:
    """What was recommended ``where`` lately and not taken up yet."""
    row = ShownRecommendation
    return (
        where,
        row.product_id == product_id,
        row.asked_at.is_(None),
        row.shown_at >= utc_now() - ASKED_WITHIN,
    )
