"""Things of which one is enough for a while: who has just bought a kettle needs no other kettle."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.db.models import Product
from actions.services.words import tokens

ONE_IS_ENOUGH_FOR = timedelta(days=180)
_WORDS = """
    book candle cleaner container cosmetic cream dress food fragrance game hoodie jeans jigsaw legging
    leggings lotion makeup notebook parfum perfume puzzle refill scarf scent shampoo shirt shorts skincare
    snack soap sock sunscreen sweater tea tee toy trousers vitamin
"""
BOUGHT_AGAIN = frozenset(_WORDS.split())
"""Things that are used up, worn by the dozen, or collected: the last word of what they are called."""


def kinds(product: Product) -> frozenset[tuple[str, ...]]:
    """What the product can be called, as words; two products that share a name are of one kind."""
    return frozenset(tokens(name) for name in (product.name, *product.keywords)) - {()}


def one_off_kinds(product: Product) -> frozenset[tuple[str, ...]]:
    """The kinds of which a customer wants one; empty for what is bought again and again."""
    names = kinds(product)
    return frozenset() if any(name[-1] in BOUGHT_AGAIN for name in names) else names


def is_recent(bought_at: datetime | None, now: datetime) -> bool:
    """A purchase whose time nobody knows counts as recent."""
    return bought_at is None or now - bought_at < ONE_IS_ENOUGH_FOR
