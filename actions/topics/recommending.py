"""Recommendations: from what a customer did, from a product, beside a product or an order, and for newcomers."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from sqlalchemy.orm import Session

from actions.access import Forbidden
from actions.base import ShopAction
from actions.buttons import button
from actions.cards import product_card
from actions.forms import reading
from actions.services import catalog
from actions.services.order_rows import visible_order
from actions.services.recommended import Origin
from actions.services.views import ProductView, SearchQuery
from actions.topics import changed
from actions.topics.noting import note_shown, noted_link
from actions.topics.prices import price_range
from actions.topics.search import offer_categories
from actions.turn import Event, Turn
from contract.conversation import Card
from contract.wire import NotFound, Unavailable

MOST_RECOMMENDED = 3
KEY = "recommended"
PURPOSE = re.compile(r"\bfor (?!me\b|us\b|my\b|a\b|an\b|the\b)([a-z][a-z -]{2,30})", re.IGNORECASE)
BESIDE = re.compile(
    r"\b(go(es)?( \w+)? with|match(es|ing)?|accessor(y|ies)|wear with|use with|combine|pair(s|ed)? with)\b",
    re.IGNORECASE,
)
_WHAT_GOES_WITH = re.compile(r"\b(what|which|anything|something)\b[\w' ]{0,30}\bgo(es)? (\w+ )?with\b", re.IGNORECASE)
SOMETHING_ELSE = button("Something else", "refine_search", choice="something else")
CHEAPER = button("Cheaper ones", "refine_search", choice="cheaper")
NO_MORE = "I have nothing to recommend that fits that."


@dataclass(frozen=True)
class Wish:
    """What was asked for, kept for the next message. ``product`` is what it was called; ``seen`` are the ids of what it
    should not be again."""

    product: str | None = None
    category: str | None = None
    like_product_id: str | None = None
    beside: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """``origin`` is None where the recommender had no part in it."""

    product: ProductView
    reason: str
    origin: Origin | None = None


class ActionRecommend(ShopAction):
    """Suggestions, each with its reason."""

    action_name = "action_recommend"

    def perform(self, turn: Turn) -> list[Event]:
        return recommend(turn)


def recommend(turn: Turn) -> list[Event]:
    """Shows suggestions for what the message says; the categories where there are none."""
    prices = price_range(turn.message, turn.settings.currency)
    filters = SearchQuery(price_max=prices.maximum, price_min=prices.minimum)
    wish = like_the_one_shown(turn) or _wish(turn)
    found = suggestions(turn, wish, filters)
    if not found and wish.beside:
        wish = dataclasses.replace(wish, beside=())
        found = suggestions(turn, wish, filters)
    return _show(turn, wish, filters, found) if found else offer_categories(turn)


def asks_what_goes_with(turn: Turn) -> bool:
    """Whether it asks for products beside the one that is named, and nothing about that one."""
    return not turn.message.is_button and bool(_WHAT_GOES_WITH.search(turn.message.text))


def refine(turn: Turn, wish: Wish) -> list[Event]:
    """The former recommendation with what this message changes; other products where it changes nothing."""
    former = dataclasses.replace(changed.former_search(turn) or SearchQuery(), product=None)
    shown = changed.shown_last(turn)
    if changed.wants_other_color(turn) and former.color is None:
        return changed.tell_colors(turn, shown)
    merged = changed.by_color(turn, changed.by_brand(turn, changed.changed(turn, former), shown))
    filters = changed.by_price(turn, merged, shown)
    if filters is None:  # all cost the same
        filters = dataclasses.replace(merged, price_max=shown[0].price_from.minor - 1)
    wish = _others(wish, shown) if filters == former else wish
    found = suggestions(turn, wish, filters)
    if found:
        return _show(turn, wish, filters, found)
    turn.say(NO_MORE, buttons=[button("What else do you have?", "product_search")])
    return []


def former_wish(turn: Turn) -> Wish | None:
    """What the last recommendation was about; None where something else was shown since."""
    kept = (turn.slots.get("search") or {}).get(KEY)
    if not isinstance(kept, dict):
        return None
    lists = {name: tuple(kept.get(name) or ()) for name in ("beside", "seen")}
    return Wish(**{**kept, **lists})


def like_the_one_shown(turn: Turn) -> Wish | None:
    """Something like the product that was shown alone, where the message asks for that and for nothing more."""
    shown = turn.slots.get("shown_products") or []
    if len(shown) != 1 or not changed.wants_others(turn) or changed.named(turn) != SearchQuery():
        return None
    with turn.reading() as session:
        like = catalog.get_product(session, shown[0])
    return Wish(product=like.category, category=like.category, like_product_id=like.product_id)


def suggestions(turn: Turn, wish: Wish, filters: SearchQuery) -> list[Suggestion]:
    """From the recommender; the best rated where it is absent or not fitted yet, or knows nothing that fits."""
    return _recommended(turn, wish, filters) or _best_rated(turn, wish, filters)


def _show(turn: Turn, wish: Wish, filters: SearchQuery, found: list[Suggestion]) -> list[Event]:
    turn.say(
        "I think you might like these." if len(found) > 1 else "I think you might like this.",
        cards=[_card(turn, item) for item in found],
        buttons=[CHEAPER, SOMETHING_ELSE],
    )
    note_shown(turn, [(item.product.product_id, item.origin) for item in found if item.origin is not None])
    return changed.remember(filters, [item.product for item in found], **{KEY: dataclasses.asdict(wish)})


def _card(turn: Turn, item: Suggestion) -> Card:
    url = noted_link(turn, item.product) if item.origin is not None else None
    return product_card(item.product, locale=turn.settings.locale, note=item.reason, url=url)


def _others(wish: Wish, shown: list[ProductView]) -> Wish:
    """The same, without what was shown."""
    seen = dict.fromkeys([*wish.seen, *(product.product_id for product in shown)])
    return dataclasses.replace(wish, seen=tuple(seen))


def _recommended(turn: Turn, wish: Wish, filters: SearchQuery) -> list[Suggestion]:
    try:
        recommender = turn.runtime.recommender
        if recommender is None:
            return []
        query = import_module("actions.recommender").RecommendQuery(
            customer_id=turn.viewer.customer_id if turn.viewer.verified else None,
            category=wish.category,
            like_product_id=wish.like_product_id,
            beside=wish.beside,
            filters=filters,
            without=wish.seen,
            seed=f"{turn.context.conversation_id} {turn.context.message_id}",
        )
        with turn.reading() as session:
            found = recommender.recommend(session, query, limit=MOST_RECOMMENDED)
    except (ImportError, Unavailable):
        return []
    return [Suggestion(item.product, item.reason, item.origin) for item in found]


def _best_rated(turn: Turn, wish: Wish, filters: SearchQuery) -> list[Suggestion]:
    """What other customers rate best, in stock."""
    query = dataclasses.replace(filters, product=wish.product, in_stock_only=True)
    with turn.reading() as session:
        found = [product for product in catalog.search(session, query, 20) if product.product_id not in wish.seen]
    rated = sorted((product for product in found if product.rating), key=lambda product: -(product.rating or 0))
    return [
        Suggestion(product, f"Rated {product.rating:.1f} of 5 by customers") for product in rated[:MOST_RECOMMENDED]
    ]


def _wish(turn: Turn) -> Wish:
    with turn.reading() as session:
        return _named_wish(turn, session)


def _named_wish(turn: Turn, session: Session) -> Wish:
    """A named product means "like this", a category "of this kind", and "goes with" what would complete it."""
    name = turn.message.first("product")
    if BESIDE.search(turn.message.text) and (things := _at_hand(turn, session, name)):
        return Wish(beside=things)
    categories = {category.lower(): category for category in catalog.list_categories(session)}
    category = categories.get(name.lower()) if name else None
    like = catalog.find_product(session, name) if name and category is None else _themed(turn, session)
    return Wish(
        product=name,
        category=category or (like.category if like and name else None),
        like_product_id=like.product_id if like else None,
    )


def _at_hand(turn: Turn, session: Session, name: str | None) -> tuple[str, ...]:
    """The product that is named, else the order that is named or was spoken of last, else the one product shown."""
    if name:
        product = catalog.find_product(session, name)
        return (product.product_id,) if product else ()
    number = reading.order_number(turn.message) or turn.slots.get("last_order")
    try:
        items = visible_order(session, turn.viewer, number).items if number else []
    except (Forbidden, NotFound):
        items = []
    shown: list[Any] = turn.slots.get("shown_products") or []
    at_hand = [item.product_id for item in items if item.product_id] or (shown if len(shown) == 1 else [])
    return tuple(dict.fromkeys(at_hand))


def _themed(turn: Turn, session: Session) -> ProductView | None:
    """A product for what somebody names without naming a product: "something for running"."""
    theme = PURPOSE.search(turn.message.text or "")
    found = catalog.search(session, SearchQuery(product=theme[1], in_stock_only=True), 1) if theme else []
    return found[0] if found else None
