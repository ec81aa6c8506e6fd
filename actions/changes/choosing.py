"""Reads out of a message which items of an order are meant, and which variant of a product."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from actions.message import Message
from actions.services.matching import SURE, score, words_from
from actions.services.views import ItemView, VariantView
from actions.services.words import compact, singular, tokens

_ALL = re.compile(
    r"\b(everything|all (of )?(it|them|items|things)|both|(whole|entire|complete) (order|thing|lot)|all)\b",
    re.IGNORECASE,
)
_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "last": -1}
_PLACES = "|".join(_ORDINALS)
_ORDINAL = re.compile(
    rf"\bthe ({_PLACES})\b(?! (?:week|month|year|time))|\b({_PLACES}) (?:one|item|thing)\b|^\W*({_PLACES})\W*$",
    re.IGNORECASE,
)
# What follows is what somebody does not want, or has.
_NOT_WANTED = re.compile(
    r"\b(?:instead of|rather than|not|no|from|than|too|is|are)\s+(?:(?:the|an?|too|size)\s+)*[\w-]+",
    re.IGNORECASE,
)
_ORDER_NUMBER = re.compile(r"#?\bW?\d{7}\b", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"\d{1,3}([.,]5)?")
_YES, _NO = ("yes", "true"), ("no", "none", "false")


def lines_in(message: Message, items: Sequence[ItemView]) -> list[int]:
    """The lines that a message means: by name, by options ("the blue one"), by place ("the second"), or all."""
    if message.is_button:
        return []
    text = _ORDER_NUMBER.sub(" ", message.text)
    named = _named(message, text, items)
    if named:
        return [item.line for item in _narrowed(text, named)]
    if _ALL.search(text):
        return [item.line for item in items]
    found = _ORDINAL.search(text)
    place = _ORDINALS[next(filter(None, found.groups())).lower()] if found else len(items)
    if place < len(items):
        return [items[place].line]
    with_options = [item for item in items if _mentioned(text, item.options)]
    return [item.line for item in with_options] if len(with_options) == 1 and len(items) > 1 else []


def variant_in(message: Message, item: ItemView, variants: Sequence[VariantView]) -> VariantView | None:
    """The variant that a message wishes for in place of ``item``; None where it names none, or several fit."""
    wished = wishes_in(message, item, variants)
    if not wished:
        return None
    exact = [variant for variant in variants if variant.options == {**item.options, **wished}]
    fits = exact or fitting(variants, wished)
    return fits[0] if len(fits) == 1 else None


def wishes_in(message: Message, item: ItemView, variants: Sequence[VariantView]) -> dict[str, str]:
    """The options that a message wishes for, of those that there are; nothing where it wishes for what it is."""
    if message.is_button:
        return {}
    text = _NOT_WANTED.sub(" ", _ORDER_NUMBER.sub(" ", message.text))
    wished: dict[str, str] = {}
    for name, values in _values(item, variants).items():
        found = [value for value in values if _says(text, name, value, message)]
        other = [value for value in found if value != item.options.get(name)]
        if len(other) == 1:
            wished[name] = other[0]
    return wished


def fitting(variants: Sequence[VariantView], wished: Mapping[str, str]) -> list[VariantView]:
    """The variants with all the options that are ``wished``."""
    return [variant for variant in variants if wished.items() <= variant.options.items()]


def _named(message: Message, text: str, items: Sequence[ItemView]) -> list[ItemView]:
    said = set(tokens(text))
    best = [item for item in items if _is_said(said, item)]
    for value in message.all("product"):
        best += [item for item in items if item not in best and _is_called(value, item)]
    full = [item for item in best if set(tokens(item.name)) <= said]
    return full if full and len({item.name for item in full}) < len({item.name for item in best}) else best


def _is_said(said: set[str], item: ItemView) -> bool:
    """Whether the word of its name that says what it is, the last one, is said."""
    name = tokens(item.name)
    return bool(name) and singular(name[-1]) in {singular(word) for word in said}


def _is_called(value: str, item: ItemView) -> bool:
    return score(value, words_from(item.name, (), (), "", "")) >= SURE


def _narrowed(text: str, items: list[ItemView]) -> list[ItemView]:
    """Of several with one name those whose options are said, where only some of them are."""
    if len({item.name for item in items}) != 1 or len(items) == 1:
        return items
    said = [item for item in items if _mentioned(text, item.options)]
    return said or items


def _mentioned(text: str, options: Mapping[str, str]) -> bool:
    return any(_contains(text, value) for value in options.values() if value.lower() not in (*_YES, *_NO))


def _values(item: ItemView, variants: Sequence[VariantView]) -> dict[str, list[str]]:
    """The values that each option can have."""
    found: dict[str, dict[str, None]] = {}
    for options in (item.options, *(variant.options for variant in variants)):
        for name, value in options.items():
            found.setdefault(name, {})[value] = None
    return {name: list(values) for name, values in found.items()}


def _says(text: str, name: str, value: str, message: Message) -> bool:
    if value.lower() in _YES:
        return _contains(text, name)
    if value.lower() in _NO:
        return bool(re.search(rf"\b(?:not|without|no|non)[ -]+{re.escape(name)}\b", message.text, re.IGNORECASE))
    if any(compact(value) == compact(said) for said in message.all("size", "color", "product_option")):
        return _contains(text, value) or compact(value) not in {compact(word) for word in text.split()}
    if _BARE_NUMBER.fullmatch(value):
        is_all = text.strip(" .!,") == value
        return is_all or bool(
            re.search(rf"\b(?:size|in an?|in|to|for an?|for)\s+(?:size\s+)?{value}(?![\w.])", text, re.IGNORECASE)
        )
    return _contains(text, value)


def _contains(text: str, value: str) -> bool:
    """Whether a value stands in a text as words: ``navy blue``, ``medium`` for M, ``1000 ml`` for 1000ml."""
    said, wanted = tokens(text), tokens(value)
    if any(said[at : at + len(wanted)] == wanted for at in range(len(said) - len(wanted) + 1)):
        return True
    words = re.findall(r"[\w.-]+", text.lower())
    pairs = [f"{left} {right}" for left, right in pairwise(words)]
    return any(compact(part) == compact(value) for part in (*words, *pairs))
