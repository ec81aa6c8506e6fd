"""Notes what was recommended and what was asked about. An answer never fails because of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from actions.services import recommended
from actions.services.recommended import Origin
from actions.turn import Turn
from contract.wire import Unavailable

logger = logging.getLogger(__name__)


def note_shown(turn: Turn, shown: Sequence[tuple[str, Origin]]) -> None:
    """Notes the recommended products (id, origin) of this answer, if the shop wants such a log."""
    if not shown or turn.settings.recommendation_days < 1:
        return
    number = sum(event.get("event") == "user" for event in turn.earlier)
    try:
        with turn.writing() as session:
            recommended.claim(session, turn.viewer)
            recommended.note_shown(session, turn.viewer, number, shown)
    except Unavailable as error:
        logger.warning("A recommendation was not noted: %s", error.message)


def note_asked(turn: Turn, product_id: str) -> None:
    """Notes that this message is about a product, if that was recommended in this conversation."""
    try:
        with turn.reading() as session:
            is_answer = recommended.is_shown(session, turn.viewer, product_id)
        if is_answer:  # only then is there anything to write, and writers queue
            with turn.writing() as session:
                recommended.note_asked(session, turn.viewer, product_id)
    except Unavailable as error:
        logger.warning("That a recommendation was taken up was not noted: %s", error.message)
