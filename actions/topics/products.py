"""Questions about one product: price, stock, properties, size; and noting who waits for it."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, button, ticket
from actions.cards import link, price_text, product_card
from actions.forms.buy import product_named
from actions.forms.reading import email
from actions.message import NamedThing
from actions.rephrasing import Plain
from actions.services import catalog
from actions.services.views import ProductView, SearchQuery, VariantView
from actions.services.vocabulary import own_word
from actions.services.words import tokens
from actions.topics.changed import remember
from actions.topics.noting import note_asked
from actions.topics.recommending import asks_what_goes_with, recommend
from actions.topics.search import offer_categories
from actions.turn import Event, Turn
from actions.wording import listed
from contract.conversation import Button

ASK_WHICH = "Which product do you mean? Please give me its name."
FEW_LEFT = 5
MOST_CHOICES = 8
VARIABLE = ("color", "size", "product_option")
QUESTIONS = {
    "material": ("material", "made of", "fabric", "leather", "cotton", "vegan", "plastic"),
    "care": ("wash", "clean", "care", "iron", "dryer", "dishwasher", "machine"),
    "fit": ("fit", "size", "small", "large", "wide", "narrow", "tight"),
    "use": ("use", "for", "suit", "work with", "waterproof", "outdoor", "kids", "beginner", "good"),
}


def keep(turn: Turn, product: ProductView) -> list[Event]:
    """The next message may say "it", or only a size; if the product was recommended, it was taken up."""
    note_asked(turn, product.product_id)
    return remember(SearchQuery(product=product.name), [product])


def not_found(turn: Turn) -> list[Event]:
    """Says honestly that the product is not known, and what there is."""
    name = turn.message.first("product")
    if name is None:
        turn.say(ASK_WHICH, buttons=_shown(turn))
        return []
    turn.say(f'I can\'t find "{name}" among our products.')
    return offer_categories(turn)


def _shown(turn: Turn) -> list[Button]:
    """The products shown last, as answers to "which one?"."""
    with turn.reading() as session:
        found = [catalog.get_product(session, product_id) for product_id in turn.slots.get("shown_products") or []]
    return [button(product.name, turn.message.intent, product=product.name) for product in found[:5]]


class ActionProductPrice(ShopAction):
    action_name = "action_product_price"

    def perform(self, turn: Turn) -> list[Event]:
        product = product_named(turn)
        if product is None:
            return not_found(turn)
        fitting = fitting_variants(turn, product)
        prices = sorted({variant.price.minor for variant in fitting})
        if len(prices) == 1 and len(fitting) < len(product.variants):
            text = f"{link(product)} in {_wish(turn, product)} costs {turn.money(fitting[0].price)}."
        else:
            text = f"{link(product)} costs {price_text(product, turn.settings.locale)}."
        turn.say(text, cards=[product_card(product, locale=turn.settings.locale)], plain=Plain.PRICE)
        return keep(turn, product)


class ActionCheckStock(ShopAction):
    action_name = "action_check_stock"

    def perform(self, turn: Turn) -> list[Event]:
        product = product_named(turn)
        if product is None:
            return not_found(turn)
        fitting = fitting_variants(turn, product)
        there = [variant for variant in fitting if variant.in_stock]
        waiting = button("Tell me when it's back", "notify_in_stock", product=product.name, **_wishes(turn, product))
        if there:
            card = product_card(product, locale=turn.settings.locale)
            turn.say(_in_stock(turn, product, there), cards=[card], plain=Plain.STOCK)
        elif fitting:
            like_it = button("Something like it", "recommend_product", product=product.name)
            text = f"{link(product)}{_in_wish(turn, product)} is sold out at the moment."
            turn.say(text, buttons=[waiting, like_it], plain=Plain.STOCK)
        else:
            turn.say(
                f"{link(product)} does not come in {_wish(turn, product)}. It comes in {_choices(product.variants)}.",
                buttons=[button("Show it", "check_stock", product=product.name)],
                plain=Plain.STOCK,
            )
        return keep(turn, product)


class ActionProductQuestion(ShopAction):
    """Answers from the product's own details, and says so where they do not tell; what goes with it is recommended."""

    action_name = "action_product_question"

    def perform(self, turn: Turn) -> list[Event]:
        if asks_what_goes_with(turn):
            return recommend(turn)
        product = product_named(turn)
        if product is None:
            return not_found(turn)
        text = turn.message.text.lower()
        asked = [key for key, words in QUESTIONS.items() if any(word in text for word in words)]
        told = [product.details[key] for key in asked if key in product.details]
        card = product_card(product, locale=turn.settings.locale)
        if told and not turn.message.is_button:
            text = f"About {link(product)}: {' '.join(_sentence(part) for part in told[:2])}"
            turn.say(text, cards=[card], plain=Plain.PRODUCT)
        elif product.description:
            text = f"This is what I know about {link(product)}: {product.description}"
            turn.say(text, cards=[card], buttons=[PERSON], plain=Plain.PRODUCT)
        else:
            turn.say(
                f"Our records don't tell that about {link(product)}, and I don't want to guess.",
                cards=[card],
                buttons=[ticket("product_question", "Ask our team"), PERSON],
            )
        return keep(turn, product)


class ActionSizeAdvice(ShopAction):
    action_name = "action_size_advice"

    def perform(self, turn: Turn) -> list[Event]:
        product = product_named(turn)
        if product is None:
            return not_found(turn)
        sizes = list(dict.fromkeys(size for variant in product.variants if (size := variant.options.get("size"))))
        fit = product.details.get("fit")
        parts = [_sentence(fit)] if fit else ["I have no advice on its fit."]
        parts.append(f"It comes in {listed(sizes)}." if sizes else "It comes in one size.")
        turn.say(
            f"About {link(product)}: {' '.join(parts)}",
            buttons=[button("How exchanges work", "exchange_item"), PERSON],
            plain=Plain.SIZE,
        )
        return keep(turn, product)


class ActionNotifyInStock(ShopAction):
    """Notes who waits; asks for an e-mail address where none was given."""

    action_name = "action_notify_in_stock"

    def perform(self, turn: Turn) -> list[Event]:
        product = product_named(turn)
        if product is None:
            return not_found(turn)
        fitting = fitting_variants(turn, product)
        there = [variant for variant in fitting if variant.in_stock]
        if there:
            turn.say(_in_stock(turn, product, there), cards=[product_card(product, locale=turn.settings.locale)])
            return keep(turn, product)
        variant_id = fitting[0].variant_id if len(fitting) == 1 else None
        notice = {"product_id": product.product_id, "variant_id": variant_id}
        if email(turn.message):
            return [*keep(turn, product), *note_waiting(turn, self.action_name, notice)]
        turn.say(f"To which e-mail address may I write when {product.name} is back?")
        return [*keep(turn, product), SlotSet("waiting_notice", notice)]


def note_waiting(turn: Turn, action: str, notice: dict[str, str | None] | None = None) -> list[Event]:
    """Notes the address in the message for the product that is waited for."""
    notice = notice or turn.slots["waiting_notice"]
    with turn.writing() as session:
        noted = catalog.notify_in_stock(
            session, str(notice["product_id"]), email(turn.message) or "", turn.key(action), notice["variant_id"]
        )
    if noted.already_in_stock:
        turn.say(f"Good news: {noted.product_name} is in stock again.")
    else:
        again = "You are on the list already" if noted.already_noted else "Noted"
        turn.say(f"{again}: we write to {noted.sent_to_masked} as soon as {noted.product_name} is back.")
    return [SlotSet("waiting_notice", None)]


def fitting_variants(turn: Turn, product: ProductView) -> list[VariantView]:
    """The variants with the colour, size and options that the message names."""
    known = {value for variant in product.variants for value in variant.options.values()}
    wishes = [
        (thing.value if turn.message.is_button else own_word(known, thing.text, thing.value)).lower()
        for thing in _wished(turn, product)
    ]
    return [variant for variant in product.variants if all(_has(variant, wish) for wish in wishes)]


def _has(variant: VariantView, wish: str) -> bool:
    return any(wish == value.lower() or wish in value.lower().split() for value in variant.options.values())


def _in_stock(turn: Turn, product: ProductView, there: list[VariantView]) -> str:
    least = [variant.stock for variant in there if variant.stock is not None and variant.stock <= FEW_LEFT]
    few = " Only a few are left." if len(there) == 1 and least else ""
    which = "" if len(there) == 1 else f" You can have {_choices(tuple(there))}."
    return f"Yes, {link(product)}{_in_wish(turn, product)} is in stock.{few}{which}"


def _choices(variants: tuple[VariantView, ...]) -> str:
    """``yellow (M, L) and navy blue (S)``: the first option, and in brackets what it comes with."""
    grouped: dict[str, list[str]] = {}
    for variant in variants:
        first, *rest = variant.options.values() or ["one version"]
        grouped.setdefault(first, []).append(" ".join(rest))
    texts = [f"{first} ({', '.join(rest)})" if any(rest) else first for first, rest in grouped.items()]
    return listed(texts if len(texts) <= MOST_CHOICES else [*texts[:MOST_CHOICES], "more"])


def _wished(turn: Turn, product: ProductView) -> list[NamedThing]:
    """Colours, sizes and options that the message names; words of the product's own name are none."""
    own = set(tokens(product.name))
    named = (thing for thing in turn.message.things if thing.entity in VARIABLE)
    return [thing for thing in named if thing.entity != "product_option" or not set(tokens(thing.value)) <= own]


def _wish(turn: Turn, product: ProductView) -> str:
    wished = sorted(_wished(turn, product), key=lambda thing: VARIABLE.index(thing.entity))
    return listed([f"size {thing.value}" if thing.entity == "size" else thing.value for thing in wished]) or "that"


def _in_wish(turn: Turn, product: ProductView) -> str:
    return f" in {_wish(turn, product)}" if _wished(turn, product) else ""


def _wishes(turn: Turn, product: ProductView) -> dict[str, str]:
    return {thing.entity: thing.value for thing in reversed(_wished(turn, product))}


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
