"""What a message changes of a search or a recommendation that came before it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import SlotSet

from actions.cards import link
from actions.message import NamedThing
from actions.services import catalog
from actions.services.views import ProductView, SearchQuery
from actions.services.vocabulary import option_words, own_word
from actions.topics.prices import price_range
from actions.turn import Event, Turn
from actions.wording import listed
from contract.wire import NotFound

IN_STOCK = re.compile(r"\b(in stock|available|right now)\b", re.IGNORECASE)
_CHEAPER = re.compile(r"\b(cheap\w*|less expensive|lower price|for less|too (expensive|pricey|much))\b", re.IGNORECASE)
_DEARER = re.compile(r"\b(better quality|higher quality|more expensive|higher end|premium|fancier)\b", re.IGNORECASE)
_NOT = re.compile(
    r"\b(not?|without|except|no more|but not|exclude|leave out|hide)\W+((in|the|of)\W+)?(\w+\W+)?$", re.IGNORECASE
)
_OTHER_COLOR = re.compile(r"\b(another|other|different|which|what) (colou?rs?|shades?)\b", re.IGNORECASE)
_OTHER_BRAND = re.compile(
    r"\b(not|no|another|other|different|else)\b[\w' ]{0,14}\b(brands?|makers?|manufacturers?|labels?)\b", re.IGNORECASE
)
_OTHERS = re.compile(
    r"\b(similar|alternatives?|instead|(something|anything|one|ones) else|like (it|this|that|them|these|those)"
    r"|not (this|that|these|those)( ones?)?)\b",
    re.IGNORECASE,
)
FEW_WORDS = 10
_BRAND_KEYS = ("brand", "manufacturer", "maker", "label")


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
        in_stock_only=bool(IN_STOCK.search(message.text)),
        without=tuple(sorted(unwanted)),
    )


def wants_others(turn: Turn) -> bool:
    """Whether other products than those shown are wished for: "something else", "anything similar?"."""
    return not turn.message.is_button and bool(_OTHERS.search(turn.message.text))


def says_how(turn: Turn) -> bool:
    """Whether a short message says by itself, without any entity, how what was shown just before is to change."""
    text = turn.message.text
    if turn.message.is_button or len(text.split()) > FEW_WORDS or not _just_shown(turn):
        return False
    return any(wish.search(text) for wish in (_CHEAPER, _DEARER, _OTHER_COLOR, _OTHER_BRAND, _OTHERS))


def changed(turn: Turn, former: SearchQuery) -> SearchQuery:
    """The former query with what this message names; what it does not want any more is not wanted from now on."""
    new = named(turn)
    wanted = {word.lower() for word in (new.color, new.size, *new.options) if word}
    changes: dict[str, Any] = {
        field.name: value
        for field in dataclasses.fields(new)
        if (value := getattr(new, field.name)) not in (None, (), False)
    }
    changes["options"] = tuple(dict.fromkeys([*former.options, *new.options]))
    changes["options"] = tuple(option for option in changes["options"] if option.lower() not in new.without)
    without = dict.fromkeys([*former.without, *new.without])
    changes["without"] = tuple(word for word in without if word not in wanted)
    for name in ("color", "size"):
        if str(getattr(former, name)).lower() in new.without:
            changes.setdefault(name, None)
    return dataclasses.replace(former, **changes)


def by_price(turn: Turn, query: SearchQuery, shown: Sequence[ProductView]) -> SearchQuery | None:
    """The next price step for "cheaper" and "more expensive" than what was shown; None where nothing can be cheaper."""
    cheaper, dearer = _CHEAPER.search(turn.message.text), _DEARER.search(turn.message.text)
    prices = sorted(product.price_from.minor for product in shown)
    if not (cheaper or dearer) or not prices or turn.message.first("price"):
        return query
    if dearer:
        return dataclasses.replace(query, price_min=prices[len(prices) // 2] + 1, price_max=None)
    if prices[0] == prices[-1]:
        return None
    return dataclasses.replace(query, price_max=max(prices[0], prices[len(prices) // 2] - 1))


def by_brand(turn: Turn, query: SearchQuery, shown: Sequence[ProductView]) -> SearchQuery:
    """For "not that brand": without the brands of what was shown. Says so where the shop does not tell them."""
    if turn.message.is_button or not _OTHER_BRAND.search(turn.message.text):
        return query
    brands = [product.details[key].lower() for product in shown for key in _BRAND_KEYS if product.details.get(key)]
    if not brands:
        turn.say("Our records don't tell the brand of these.")
    return dataclasses.replace(query, without=tuple(dict.fromkeys([*query.without, *brands])))


def by_color(turn: Turn, query: SearchQuery) -> SearchQuery:
    """For "another colour": any but the one that was asked for before."""
    if query.color is None or not wants_other_color(turn):
        return query
    return dataclasses.replace(query, color=None, without=(*query.without, query.color.lower()))


def wants_other_color(turn: Turn) -> bool:
    """Whether it asks for another colour without naming one."""
    is_typed = not turn.message.is_button and turn.message.first("color") is None
    return is_typed and bool(_OTHER_COLOR.search(turn.message.text))


def tell_colors(turn: Turn, shown: Sequence[ProductView]) -> list[Event]:
    """The colours in stock of what was shown, where none had been asked for."""
    lines = [f"- {link(product)}: {listed(colors)}" for product in shown if (colors := _colors(product))]
    turn.say("\n".join(["These are the colours in stock:", *lines]) if lines else "They come in one colour only.")
    return []


def shown_last(turn: Turn) -> list[ProductView]:
    """The products shown last, with all their variants, without those that are not sold any more."""
    found = []
    with turn.reading() as session:
        for product_id in turn.slots.get("shown_products") or []:
            try:
                found.append(catalog.get_product(session, product_id))
            except NotFound:
                continue
    return found


def former_search(turn: Turn) -> SearchQuery | None:
    """The search kept in the slot, if it is one."""
    kept = turn.slots.get("search")
    if not isinstance(kept, dict):
        return None
    names = {field.name for field in dataclasses.fields(SearchQuery)}
    values = {key: value for key, value in kept.items() if key in names}
    lists = {name: tuple(values.get(name) or ()) for name in ("options", "without")}
    return SearchQuery(**{**values, **lists})


def remember(query: SearchQuery, shown: Sequence[ProductView], **more: Any) -> list[Event]:
    """Events that keep the search, ``more`` beside it, and what was shown."""
    kept = {**dataclasses.asdict(query), **more}
    return [SlotSet("search", kept), SlotSet("shown_products", [product.product_id for product in shown])]


def _just_shown(turn: Turn) -> bool:
    for event in reversed(turn.earlier[:-1]):
        if event.get("event") == "user":
            return False
        if event.get("event") == "slot" and event.get("name") == "search" and event.get("value"):
            return True
    return False


def _colors(product: ProductView) -> list[str]:
    there = (variant.options for variant in product.variants if variant.in_stock)
    values = (value for options in there for name, value in options.items() if name.lower() in ("color", "colour"))
    return list(dict.fromkeys(values))


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
