"""Which answers a language model may say in other words, and when. Everything else is said as it is written.

Read-backs, confirmations of changes, refusals with a rule, codes, legal texts, what a person will do, and what says
where the shopper lives are not in the list, and must not come into it.
"""

from __future__ import annotations

import dataclasses
import enum
import logging
import re
from typing import TYPE_CHECKING

from actions.generation.masking import mask
from contract.conversation import Reply

if TYPE_CHECKING:
    from actions.turn import Turn

LEAST_WORDS = 2
_WORD = re.compile(r"(?<!\[)\b[^\W\d_]+\b(?![^\[]*\])")  # not in brackets: those stand for what was masked
logger = logging.getLogger(__name__)


class Plain(enum.Enum):
    """Plain information. An action names one of these for its bubble; a bubble without is never rephrased."""

    WHERE_IT_IS = "where an order and its parcels are"
    REFUND = "what became of a refund"
    GIFT_CARD = "what is left on gift cards"
    PRICE = "what a product costs"
    STOCK = "whether a product is there"
    PRODUCT = "what the shop tells about a product"
    SIZE = "how a product fits"


def fitted(turn: Turn) -> list[Reply]:
    """What the turn says; one plain bubble so that it fits what was typed, where the shop wants that and it succeeds.

    Asked for when the action is done: its events, buttons and effects are what they are.
    """
    generator, question = turn.runtime.generator, turn.message.text
    if generator is None or not generator.rephrases or not _is_alone(turn) or not _asks_something(question):
        return turn.replies
    (reply,) = turn.replies
    prose, rest = _parted(reply.text or "")
    try:
        said = generator.rephrase(question, prose)
    except Exception as error:  # a bug there must not cost the answer
        logger.error("Rephrasing failed: %s", type(error).__name__)
        said = None
    return [dataclasses.replace(reply, text=said + rest)] if said else turn.replies


def _is_alone(turn: Turn) -> bool:
    """Whether it is one plain bubble that answers one typed request: a second one would take the time of two."""
    is_one = len(turn.replies) == 1 and turn.plain is not None and not turn.effects
    return is_one and not (turn.message.is_button or turn.is_further or turn.has_spoken)


def _asks_something(text: str) -> bool:
    """An order number or a zip code alone says nothing that an answer could fit."""
    return len(_WORD.findall(mask(text))) >= LEAST_WORDS


def _parted(text: str) -> tuple[str, str]:
    """The paragraphs before a list, and the list with what follows, which stays as it is."""
    paragraphs = text.split("\n\n")
    lists = (place for place, paragraph in enumerate(paragraphs) if "\n" in paragraph or paragraph.startswith("- "))
    first = next(lists, len(paragraphs))
    prose = "\n\n".join(paragraphs[:first])
    return prose, text[len(prose) :]
