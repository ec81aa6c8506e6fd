"""What comes closest when nothing fits, said honestly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import combinations
from typing import Any

from actions.db.models import Product, Variant
from actions.services.filters import fitting
from actions.services.money import Money, format_money
from actions.services.views import SearchQuery

FILTERS = ("in_stock_only", "price_max", "price_min", "size", "color", "options", "without")
_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(SearchQuery)}
_NAMES = {
    "in_stock_only": "stock",
    "price_max": "the highest price",
    "price_min": "the lowest price",
    "size": "the size",
    "color": "the colour",
    "options": "the properties",
    "without": "what it should not be",
}
Found = list[tuple[Product, list[Variant]]]


def relax(products: list[Product], query: SearchQuery) -> tuple[tuple[str, ...], Found] | None:
    """The fewest filters (perhaps none) that must go so that something fits, and what does; None if nothing does."""
    for dropped in _subsets(query):
        looser = without(query, dropped)
        found = [(product, variants) for product in products if (variants := fitting(product, looser))]
        if found:
            return dropped, found
    return None


def without(query: SearchQuery, dropped: tuple[str, ...]) -> SearchQuery:
    """The query without these filters."""
    return replace(query, **{name: _DEFAULTS[name] for name in dropped})


def note(query: SearchQuery, dropped: tuple[str, ...], found: Found) -> str:
    """One sentence: what there is not, and what there is."""
    if len(dropped) == 1:
        return _NOTES[dropped[0]](query, found)
    names = [_NAMES[name] for name in dropped]
    return f"Nothing fits all of that. Without {', '.join(names[:-1])} and {names[-1]} I found these."


def _subsets(query: SearchQuery) -> Iterator[tuple[str, ...]]:
    used = [name for name in FILTERS if getattr(query, name) != _DEFAULTS[name]]
    for count in range(len(used) + 1):
        yield from combinations(used, count)


def _prices(found: Found) -> list[Money]:
    return sorted((Money(v.price_minor, v.currency) for _, vs in found for v in vs), key=lambda price: price.minor)


def _too_dear(query: SearchQuery, found: Found) -> str:
    cheapest = _prices(found)[0]
    limit = Money(query.price_max or 0, cheapest.currency)
    return f"Nothing under {format_money(limit)}; the cheapest is {format_money(cheapest)}."


def _too_cheap(query: SearchQuery, found: Found) -> str:
    dearest = _prices(found)[-1]
    limit = Money(query.price_min or 0, dearest.currency)
    return f"Nothing over {format_money(limit)}; the most expensive is {format_money(dearest)}."


def _no_color(query: SearchQuery, found: Found) -> str:
    return f"Not in {query.color}.{_there_is(found, lambda name: 'color' in name or 'colour' in name)}"


def _no_size(query: SearchQuery, found: Found) -> str:
    return f"Not in size {query.size}.{_there_is(found, lambda name: 'size' in name or 'capacity' in name)}"


def _there_is(found: Found, is_kind: Callable[[str], bool]) -> str:
    values = dict.fromkeys(
        value for _, variants in found for v in variants for name, value in v.options.items() if is_kind(name.lower())
    )
    return f" There is {', '.join(list(values)[:6])}." if values else ""


_NOTES: dict[str, Callable[[SearchQuery, Found], str]] = {
    "in_stock_only": lambda _query, _found: "We have it, but it is out of stock right now.",
    "price_max": _too_dear,
    "price_min": _too_cheap,
    "color": _no_color,
    "size": _no_size,
    "options": lambda query, _found: f"Nothing with {' and '.join(query.options)}, but there are these.",
    "without": lambda query, _found: f"Everything that fits has {' or '.join(query.without)}.",
}
