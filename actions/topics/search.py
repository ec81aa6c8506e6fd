"""Searching the catalogue, and changing the search that was made before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.base import ShopAction
from actions.buttons import PERSON, button
from actions.cards import product_card
from actions.services import catalog
from actions.services.money import Money
from actions.services.views import NearMiss, ProductView, SearchQuery
from actions.topics import changed
from actions.topics.changed import former_search, named, remember
from actions.turn import Event, Turn
from actions.wording import listed

SEARCHABLE = ("product", "product_option", "size", "color", "price")
MOST_SHOWN = 5


class ActionSearchProducts(ShopAction):
    """A new search, from what this message names."""

    action_name = "action_search_products"

    def perform(self, turn: Turn) -> list[Event]:
        query = named(turn)
        if query == SearchQuery():
            return offer_categories(turn)
        return show(turn, query)


def refine(turn: Turn) -> list[Event]:
    """Shows the former search as this message changes it; without a former one, a new one."""
    former, new = former_search(turn), named(turn)
    if former is None:
        return show(turn, new) if new != SearchQuery() else offer_categories(turn)
    if new.product and new.product.lower() != (former.product or "").lower():
        former = SearchQuery()
    shown = changed.shown_last(turn)
    if changed.wants_other_color(turn) and former.color is None:
        return changed.tell_colors(turn, shown)
    merged = changed.by_color(turn, changed.by_brand(turn, changed.changed(turn, former), shown))
    with turn.reading() as session:
        stepped = changed.by_price(turn, merged, catalog.search(session, merged, MOST_SHOWN))
    if stepped is None:
        turn.say("That is already the cheapest that fits.", buttons=[button("Something else", "product_search")])
        return []
    return show(turn, stepped)


def show(turn: Turn, query: SearchQuery) -> list[Event]:
    """Says what was found, or honestly what comes closest, and keeps the search for the next message."""
    with turn.reading() as session:
        found = catalog.search(session, query, MOST_SHOWN)
        missed = None if found else catalog.near_miss(session, query)
    if found:
        turn.say(_found(turn, query, found), cards=_cards(turn, found), buttons=_narrow(found))
    elif missed is not None:
        turn.say(missed.note, cards=_cards(turn, missed.products), buttons=[PERSON])
    else:
        turn.say(f"I found nothing for {describe(turn, query)}. We may not sell that.")
        return offer_categories(turn)
    return remember(query, found or missed_products(missed))


def missed_products(missed: NearMiss | None) -> Sequence[ProductView]:
    return missed.products if missed else ()


def offer_categories(turn: Turn) -> list[Event]:
    """What we sell, as buttons."""
    with turn.reading() as session:
        names = catalog.list_categories(session)
    turn.say(
        "What are you looking for? This is what we have." if names else "The shop has no products yet.",
        buttons=[button(name, "product_search", product=name) for name in names[:10]],
    )
    return []


def describe(turn: Turn, query: SearchQuery) -> str:
    """The search in words: ``red leather boots in size 42 up to $80.00``."""
    parts = [" ".join(word for word in (query.color, *query.options, query.product or "products") if word)]
    if query.size:
        parts.append(f"in size {query.size}")
    currency = turn.settings.currency
    if query.price_min is not None:
        parts.append(f"from {turn.money(Money(query.price_min, currency))}")
    if query.price_max is not None:
        parts.append(f"up to {turn.money(Money(query.price_max, currency))}")
    return " ".join(parts)


def _found(turn: Turn, query: SearchQuery, found: Sequence[ProductView]) -> str:
    what = describe(turn, query)
    return f"I found {'one match' if len(found) == 1 else f'{len(found)} matches'} for {what}:"


def _cards(turn: Turn, products: Sequence[ProductView]) -> list[Any]:
    return [product_card(product, locale=turn.settings.locale) for product in products]


def _narrow(found: Sequence[ProductView]) -> list[Any]:
    if len(found) < 2:
        return []
    names = listed([product.name for product in found[:2]])
    return [
        button("Cheaper ones", "refine_search", choice="cheaper"),
        button(f"Compare {names}"[:60], "compare_products"),
    ]
