"""Searching the catalogue, and changing the search that was made before."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button
from actions.cards import product_card
from actions.message import NamedThing
from actions.services import catalog
from actions.services.money import Money
from actions.services.views import NearMiss, ProductView, SearchQuery
from actions.services.vocabulary import option_words, own_word
from actions.topics.prices import price_range
from actions.topics.suggestions import asks_for_others, suggest
from actions.turn import Event, Turn
from actions.wording import listed

SEARCHABLE = ("product", "product_option", "size", "color", "price")
MOST_SHOWN = 5
_CHEAPER = re.compile(r"\b(cheap\w*|less expensive|lower price|too (expensive|pricey|much))\b", re.IGNORECASE)
_DEARER = re.compile(r"\b(better quality|more expensive|higher end|premium|fancier)\b", re.IGNORECASE)
_IN_STOCK = re.compile(r"\b(in stock|available|right now)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(not?|without|except|no more|but not)\W+(\w+\W+)?$", re.IGNORECASE)


class ActionSearchProducts(ShopAction):
    """A new search, from what this message names."""

    action_name = "action_search_products"

    def perform(self, turn: Turn) -> list[Event]:
        query = named(turn)
        if query == SearchQuery():
            return offer_categories(turn)
        return show(turn, query)


class ActionRefineSearch(ShopAction):
    """The former search with what this message changes: "cheaper", "in blue", "not leather". Where one product was
    shown alone, "something similar" is another product."""

    action_name = "action_refine_search"

    def perform(self, turn: Turn) -> list[Event]:
        was_alone = len(turn.slots.get("shown_products") or []) == 1
        if was_alone and asks_for_others(turn) and named(turn) == SearchQuery():
            return suggest(turn) or refine(turn)
        return refine(turn)


def named(turn: Turn) -> SearchQuery:
    """What this message says about a product."""
    message, prices = turn.message, price_range(turn.message, turn.settings.currency)
    wanted, unwanted = _options(turn)
    size = next((thing for thing in message.things if thing.entity == "size"), None)
    colors = [thing for thing in message.things if thing.entity == "color" and thing.value.lower() not in unwanted]
    return SearchQuery(
        product=message.first("product"),
        options=wanted,
        size=_own_word(turn, size),
        color=_own_word(turn, colors[0] if colors else None),
        price_max=prices.maximum,
        price_min=prices.minimum,
        in_stock_only=bool(_IN_STOCK.search(message.text)),
    )


def refine(turn: Turn) -> list[Event]:
    """Shows the former search as this message changes it; without a former one, a new one."""
    former = former_search(turn)
    new = named(turn)
    if former is None:
        return show(turn, new) if new != SearchQuery() else offer_categories(turn)
    if new.product and new.product.lower() != (former.product or "").lower():
        former = SearchQuery()
    _, unwanted = _options(turn)
    kept = tuple(option for option in former.options if option.lower() not in unwanted)
    changes: dict[str, Any] = {
        field.name: value
        for field in dataclasses.fields(new)
        if (value := getattr(new, field.name)) not in (None, (), False)
    }
    changes["options"] = tuple(dict.fromkeys([*kept, *new.options]))
    for name in ("color", "size"):
        if str(getattr(former, name)).lower() in unwanted:
            changes.setdefault(name, None)
    merged = dataclasses.replace(former, **changes)
    stepped = merged if "price_max" in changes else _by_price(turn, merged)
    if stepped is None:
        turn.say("That is already the cheapest that fits.", buttons=[button("Something else", "product_search")])
        return []
    return show(turn, stepped, unwanted)


def show(turn: Turn, query: SearchQuery, unwanted: frozenset[str] = frozenset()) -> list[Event]:
    """Says what was found, or honestly what comes closest, and keeps the search for the next message."""
    with turn.reading() as session:
        found = [
            product for product in catalog.search(session, query, MOST_SHOWN * 2) if _is_free_of(product, unwanted)
        ]
        found = found[:MOST_SHOWN]
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


def remember(query: SearchQuery, shown: Sequence[ProductView]) -> list[Event]:
    """Events that keep the search and what was shown."""
    kept = dataclasses.asdict(query)
    return [SlotSet("search", kept), SlotSet("shown_products", [product.product_id for product in shown])]


def former_search(turn: Turn) -> SearchQuery | None:
    """The search kept in the slot, if it is one."""
    kept = turn.slots.get("search")
    if not isinstance(kept, dict):
        return None
    names = {field.name for field in dataclasses.fields(SearchQuery)}
    values = {key: value for key, value in kept.items() if key in names}
    return SearchQuery(**{**values, "options": tuple(values.get("options") or ())})


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


def _options(turn: Turn) -> tuple[tuple[str, ...], frozenset[str]]:
    """Wanted options, and unwanted ones in lower case ("not leather")."""
    wanted, unwanted = [], []
    for thing in turn.message.things:
        if thing.entity in ("product_option", "color", "size"):
            is_unwanted = bool(_NOT.search(turn.message.text[: thing.start])) and not turn.message.is_button
            if is_unwanted:
                unwanted.append(thing.value.lower())
            elif thing.entity == "product_option":
                wanted.append(thing.value)
    return tuple(dict.fromkeys(wanted)), frozenset(unwanted)


def _own_word(turn: Turn, thing: NamedThing | None) -> str | None:
    """A colour or size as the catalogue calls it."""
    if thing is None or turn.message.is_button:
        return thing.value if thing else None
    with turn.reading() as session:
        return own_word(option_words(session), thing.text, thing.value)


def _is_free_of(product: ProductView, unwanted: frozenset[str]) -> bool:
    """Whether a variant is left that has none of the unwanted properties."""
    about = f"{product.name} {product.details.get('material', '')}".lower()
    if any(word in about for word in unwanted):
        return False
    return any(not unwanted & {value.lower() for value in variant.options.values()} for variant in product.variants)


def _by_price(turn: Turn, query: SearchQuery) -> SearchQuery | None:
    """The next price step for "cheaper" and "more expensive"; None where nothing can be cheaper."""
    cheaper, dearer = _CHEAPER.search(turn.message.text), _DEARER.search(turn.message.text)
    if not (cheaper or dearer):
        return query
    with turn.reading() as session:
        prices = [product.price_from.minor for product in catalog.search(session, query, MOST_SHOWN)]
    if not prices:
        return query
    if cheaper:
        if min(prices) == max(prices):
            return None
        return dataclasses.replace(query, price_max=max(min(prices), sorted(prices)[len(prices) // 2] - 1))
    return dataclasses.replace(query, price_min=sorted(prices)[len(prices) // 2] + 1, price_max=None)


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
