"""Comparing and buying. We take no payment in the chat: buying happens in the shop."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON
from actions.cards import link, price_text, product_card
from actions.forms.buy import product_named
from actions.services import catalog
from actions.services.views import ProductView
from actions.topics.products import keep, not_found
from actions.turn import Event, Turn
from actions.wording import listed
from contract.conversation import Card
from contract.wire import NotFound

MOST_COMPARED = 3


class ActionPlaceOrder(ShopAction):
    """Finds the product; the form goes on where the policy lets shoppers order in the chat, else the shop's page."""

    action_name = "action_place_order"

    def perform(self, turn: Turn) -> list[Event]:
        product = product_named(turn)
        if product is None:
            return [*not_found(turn), SlotSet("next_flow", None)]
        if product.in_stock and turn.runtime.policy.buying.in_chat:
            return [*keep(turn, product), SlotSet("next_flow", "buy")]
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
        return keep(turn, product)


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
