"""Comparing, recommending and buying. We take no payment in the chat: buying happens in the shop."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button
from actions.cards import link, price_text, product_card
from actions.forms.buy import product_named
from actions.services import catalog
from actions.services.views import ProductView, SearchQuery
from actions.topics.prices import price_range
from actions.topics.products import keep, not_found
from actions.topics.search import offer_categories
from actions.turn import Event, Turn
from actions.wording import listed
from contract.conversation import Card
from contract.wire import NotFound, Unavailable

MOST_COMPARED = 3
MOST_RECOMMENDED = 3
PURPOSE = re.compile(r"\bfor (?!me\b|us\b|my\b|a\b|an\b|the\b)([a-z][a-z -]{2,30})", re.IGNORECASE)


class ActionPlaceOrder(ShopAction):
    """Finds the product; the form goes on where the policy lets shoppers order in the chat, else the shop's page."""

    action_name = "action_place_order"

    def perform(self, turn: Turn) -> list[Event]:
        product = product_named(turn)
        if product is None:
            return [*not_found(turn), SlotSet("next_flow", None)]
        if product.in_stock and turn.runtime.policy.buying.in_chat:
            return [*keep(product), SlotSet("next_flow", "buy")]
        return [*self._show_way(turn, product), SlotSet("next_flow", None)]

    def _show_way(self, turn: Turn, product: ProductView) -> list[Event]:
        card = product_card(product, locale=turn.settings.locale)
        if not product.in_stock:
            turn.say(f"I'm sorry, {link(product)} is sold out at the moment.", cards=[card])
        elif product.url:
            turn.say(
                f"You can order {link(product)} in the shop: choose there what you like and pay. "
                "I take no orders or payments in the chat.",
                cards=[card],
            )
        else:
            turn.say(
                f"We have **{product.name}**. Please order it in the shop: I take no orders or payments in the chat.",
                cards=[card],
                buttons=[PERSON],
            )
        return keep(product)


class ActionCompareProducts(ShopAction):
    """Two or three products side by side: those that are named, else those that were shown."""

    action_name = "action_compare_products"

    def perform(self, turn: Turn) -> list[Event]:
        products = self._products(turn)
        if len(products) < 2:
            turn.say("Which two products shall I compare? Please give me both names.")
            return []
        turn.say(
            _verdict(turn, products),
            cards=[_compared(turn, product) for product in products],
        )
        return [SlotSet("shown_products", [product.product_id for product in products])]

    def _products(self, turn: Turn) -> list[ProductView]:
        names = turn.message.all("product")
        with turn.reading() as session:
            found = [catalog.find_product(session, name) for name in names[:MOST_COMPARED]]
            different = {product.product_id: product for product in found if product}
            for product_id in turn.slots.get("shown_products") or []:
                if len(different) >= 2:
                    break
                try:
                    different.setdefault(product_id, catalog.get_product(session, product_id))
                except NotFound:
                    continue
        return list(different.values())


class ActionRecommend(ShopAction):
    """Suggestions, each with its reason."""

    action_name = "action_recommend"

    def perform(self, turn: Turn) -> list[Event]:
        found = _recommended(turn) or _best_rated(turn)
        if not found:
            return offer_categories(turn)
        turn.say(
            "I think you might like these." if len(found) > 1 else "I think you might like this.",
            cards=[product_card(product, locale=turn.settings.locale, note=reason) for product, reason in found],
            buttons=[button("Something else", "product_search")],
        )
        return [SlotSet("shown_products", [product.product_id for product, _ in found])]


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
    like = catalog.find_product(session, name) if name and category is None else _themed(turn, session)
    return {
        "customer_id": turn.viewer.customer_id if turn.viewer.verified else None,
        "category": category or (like.category if like and name else None),
        "like_product_id": like.product_id if like else None,
        "price_max": _limit(turn),
    }


def _themed(turn: Turn, session: Any) -> ProductView | None:
    """A product for what somebody names without naming a product: "something for running"."""
    theme = PURPOSE.search(turn.message.text or "")
    found = catalog.search(session, SearchQuery(product=theme[1], in_stock_only=True), 1) if theme else []
    return found[0] if found else None


def _limit(turn: Turn) -> int | None:
    return price_range(turn.message, turn.settings.currency).maximum


def _compared(turn: Turn, product: ProductView) -> Card:
    return product_card(product, locale=turn.settings.locale, note=product.details.get("material") or product.category)


def _verdict(turn: Turn, products: list[ProductView]) -> str:
    lines = [
        f"- {link(product)}: {price_text(product, turn.settings.locale)}{_rating(product)}" for product in products
    ]
    cheapest = min(products, key=lambda product: product.price_from.minor)
    rated = [product for product in products if product.rating is not None]
    best = max(rated, key=lambda product: product.rating or 0) if len(rated) > 1 else None
    judged = [f"{cheapest.name} is the cheapest" if len(products) > 2 else f"{cheapest.name} costs less"]
    if len({product.price_from.minor for product in products}) == 1:
        judged = ["They cost the same"]
    if best is not None:
        judged.append(f"customers rate {best.name} best" if len(products) > 2 else f"customers rate {best.name} higher")
    return "\n".join(lines) + f"\n\n{listed(judged)}."


def _rating(product: ProductView) -> str:
    return f", rated {product.rating:.1f} of 5" if product.rating is not None else ""
