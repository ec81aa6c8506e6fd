"""Pieces in stock, taken and put back in the database itself: several orders may change at the same moment."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from actions.db.models import Variant
from contract.wire import Conflict


def move(session: Session, changes: Mapping[str, int]) -> None:
    """Adds to (or, below 0, takes from) the stock of each variant. One that the shop does not count stays uncounted.

    Raises:
        Conflict: fewer pieces are there than are to be taken.
    """
    for variant_id, pieces in sorted(changes.items()):  # one order of locks for everybody
        enough = or_(Variant.stock.is_(None), Variant.stock + pieces >= 0)
        found = session.execute(
            update(Variant)
            .where(Variant.id == variant_id, enough)
            .values(stock=Variant.stock + pieces)
            .returning(Variant.id)
        ).first()
        if found is None and pieces < 0:
            raise Conflict("What you chose has been sold out in the meantime.")
