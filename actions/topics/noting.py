"""Notes what was recommended and what was asked about, and links so that clicks are noted too. An answer never fails
because of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from actions.services import recommended
from actions.services.recommended import Origin
from actions.services.views import ProductView
from actions.turn import Turn
from contract.links import ProductLink, is_web_address
from contract.signing import sign
from contract.wire import Unavailable

logger = logging.getLogger(__name__)


def note_shown(turn: Turn, shown: Sequence[tuple[str, Origin]]) -> None:
    """Notes the recommended products (id, origin) of this answer, if the shop wants such a log."""
    if not shown or not _is_wanted(turn):
        return
    number = sum(event.get("event") == "user" for event in turn.earlier)
    try:
        with turn.writing() as session:
            recommended.claim(session, turn.viewer)
            recommended.note_shown(session, turn.viewer, number, shown)
    except Unavailable as error:
        logger.warning("A recommendation was not noted: %s", error.message)


def noted_link(turn: Turn, product: ProductView) -> str | None:
    """An address that leads to the shop's page of a product which this answer recommends, and notes the click; None
    where the shop wants no such log, or has no page."""
    if product.url is None or not is_web_address(product.url) or not _is_wanted(turn):
        return None
    link = ProductLink(product.url, turn.context.message_id, product.product_id, time.time())
    return turn.settings.public_address(f"/v1/links/{sign(link, key=turn.settings.secret_key)}")


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


def _is_wanted(turn: Turn) -> bool:
    return turn.settings.recommendation_days >= 1
