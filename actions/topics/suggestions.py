"""What a shopper might like, each with its reason: for them, for a theme, or like a product."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from rasa_sdk.events import SlotSet

from actions.buttons import button
from actions.cards import product_card
from actions.services import catalog
from actions.services.views import ProductView, SearchQuery
from actions.topics.prices import price_range
from actions.turn import Event, Turn
from contract.wire import Unavailable

MOST_RECOMMENDED = 3
PURPOSE = re.compile(r"\bfor (?!me\b|us\b|my\b|a\b|an\b|the\b)([a-z][a-z -]{2,30})", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(similar|alternatives?|instead|(something|anything|one|ones) else|like (it|this|that|them|these|those))\b",
    re.IGNORECASE,
)


def suggest(turn: Turn) -> list[Event]:
    """Says what might be liked; nothing is said, and no event returned, where nothing is found."""
    found = _recommended(turn) or _best_rated(turn)
    if not found:
        return []
    turn.say(
        "I think you might like these." if len(found) > 1 else "I think you might like this.",
        cards=[product_card(product, locale=turn.settings.locale, note=reason) for product, reason in found],
        buttons=[button("Something else", "product_search")],
    )
    return [SlotSet("shown_products", [product.product_id for product, _ in found])]


def asks_for_others(turn: Turn) -> bool:
    """Whether the message wishes for something like what was shown, but not that."""
    return not turn.message.is_button and bool(_OTHERS.search(turn.message.text or ""))


def _recommended(turn: Turn) -> list[tuple[ProductView, str]]:
    """From the recommender; nothing where it is absent or not fitted yet."""
    try:
        recommender = turn.runtime.recommender
        if recommender is None:
            return []
        with turn.reading() as session:
            query = import_module("actions.recommender").RecommendQuery(**_wish(turn, session))
            found = recommender.recommend(session, query, limit=MOST_RECOMMENDED)
    except (ImportError, Unavailable):
        return []
    return [(item.product, item.reason) for item in found]


def _best_rated(turn: Turn) -> list[tuple[ProductView, str]]:
    """What other customers rate best, in stock."""
    query = SearchQuery(product=turn.message.first("product"), price_max=_limit(turn), in_stock_only=True)
    with turn.reading() as session:
        found = catalog.search(session, query, 20)
    rated = sorted((product for product in found if product.rating), key=lambda product: -(product.rating or 0))
    return [(product, f"Rated {product.rating:.1f} of 5 by customers") for product in rated[:MOST_RECOMMENDED]]


def _wish(turn: Turn, session: Any) -> dict[str, Any]:
    """The fields of a ``RecommendQuery``: a named product means "like this", a category means "of this kind"."""
    name = turn.message.first("product")
    categories = {category.lower(): category for category in catalog.list_categories(session)}
    category = categories.get(name.lower()) if name else None
    like = catalog.find_product(session, name) if name and category is None else _unnamed(turn, session)
    return {
        "customer_id": turn.viewer.customer_id if turn.viewer.verified else None,
        "category": category or (like.category if like and name else None),
        "like_product_id": like.product_id if like else None,
        "price_max": _limit(turn),
    }


def _unnamed(turn: Turn, session: Any) -> ProductView | None:
    """The product that was shown alone, where the message asks for others like it; else one for its theme."""
    shown = turn.slots.get("shown_products") or []
    if len(shown) == 1 and asks_for_others(turn):
        return catalog.get_product(session, shown[0])
    return _themed(turn, session)


def _themed(turn: Turn, session: Any) -> ProductView | None:
    """A product for what somebody names without naming a product: "something for running"."""
    theme = PURPOSE.search(turn.message.text or "")
    found = catalog.search(session, SearchQuery(product=theme[1], in_stock_only=True), 1) if theme else []
    return found[0] if found else None


def _limit(turn: Turn) -> int | None:
    return price_range(turn.message, turn.settings.currency).maximum
