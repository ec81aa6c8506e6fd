"""What a shopper wrote, in the word that the shop's own catalogue has for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rapidfuzz.distance import OSA
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db.models import Product, Variant
from actions.services.words import compact, tokens

_SHORT = 4  # letters; what is shorter is not guessed
_LONG = 7  # letters from which on two typos are forgiven, before that one


def option_words(session: Session) -> frozenset[str]:
    """The values of all options of all products on sale: ``black``, ``M``, ``500ml``."""
    query = select(Variant.options).join(Product, Variant.product_id == Product.id)
    rows = session.scalars(query.where(Product.is_active))
    return frozenset(value for options in rows for value in options.values())


def own_word(words: Collection[str], written: str, meant: str) -> str:
    """The one of ``words`` that was written, or else meant, or else mistyped; ``meant`` where there is none.

    Args:
        words: what the catalogue has.
        written: the shopper's words.
        meant: the same, normalised with the training data's synonyms. They come second: where the shop sells "dark
            blue", who writes that does not want what "navy" finds.
    """
    known = _equal(words, written) or _equal(words, meant)
    if known is not None or _part(words, meant):
        return known or meant
    return _near(words, written) or meant


def _equal(words: Iterable[str], text: str) -> str | None:
    key = compact(text)
    return next((word for word in sorted(words) if compact(word) == key), None)


def _part(words: Iterable[str], text: str) -> bool:
    """Whether a word of the catalogue has ``text`` in it: ``navy`` finds ``navy blue``."""
    wanted = set(tokens(text))
    return any(wanted <= set(tokens(word)) for word in words) if wanted else True


def _near(words: Iterable[str], text: str) -> str | None:
    key = compact(text)
    if len(key) < _SHORT or any(sign.isdigit() for sign in key):
        return None
    allowed = 1 if len(key) < _LONG else 2
    parts = {part for word in words for part in (word, *tokens(word))}
    near = [
        (distance, word)
        for word in parts
        if len(word) >= _SHORT - 1
        and compact(word)[:1] == key[0]
        and (distance := OSA.distance(key, compact(word), score_cutoff=allowed)) <= allowed
    ]
    return min(near)[1] if near else None
