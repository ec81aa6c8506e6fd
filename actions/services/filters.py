"""Which variants of a product fit a size, a colour, an option, a price."""

from __future__ import annotations

from rapidfuzz import fuzz

from actions.db.models import Product, Variant
from actions.services.catalog_rows import words_of
from actions.services.views import SearchQuery
from actions.services.words import compact, content_tokens, tokens

_NOT_SIZES = ("color", "colour", "material", "style", "pattern", "scent")
_YES = ("yes", "true")
_NO = ("no", "none", "false")


def fitting(product: Product, query: SearchQuery) -> list[Variant]:
    """The variants that fit all filters of ``query`` (its ``product`` is not looked at)."""
    return [variant for variant in product.variants if _fits(product, variant, query)]


def _fits(product: Product, variant: Variant, query: SearchQuery) -> bool:
    return (
        (query.price_max is None or variant.price_minor <= query.price_max)
        and (query.price_min is None or variant.price_minor >= query.price_min)
        and (not query.in_stock_only or variant.stock is None or variant.stock > 0)
        and (query.color is None or has_color(variant, query.color))
        and (query.size is None or has_size(variant, query.size))
        and all(has_option(product, variant, option) for option in query.options)
        and not any(has_option(product, variant, option) for option in query.without)
    )


def has_color(variant: Variant, color: str) -> bool:
    """``blue`` fits a variant in navy blue, ``navy blue`` one in navy."""
    wanted = set(tokens(color))
    colors = [set(tokens(value)) for name, value in variant.options.items() if _is_color(name)]
    return any(wanted <= known or known <= wanted for known in colors if known)


def has_size(variant: Variant, size: str) -> bool:
    """A size of any kind: ``M``, ``9``, ``queen``, ``1000ml``. Colours and materials are not sizes."""
    wanted = compact(size.lower().removeprefix("size "))
    values = [value for name, value in variant.options.items() if not any(no in name.lower() for no in _NOT_SIZES)]
    return any(compact(value) == wanted for value in values)


def has_option(product: Product, variant: Variant, option: str) -> bool:
    """A property in the variant's options (``leather``; ``waterproof: yes``), or in what the product says of itself."""
    wanted = content_tokens(option)
    for name, value in variant.options.items():
        if value.lower() in _NO and _covers(wanted, tokens(name)):
            return False
        if compact(value) == compact(option) or _covers(wanted, tokens(value)):
            return True
        if value.lower() in _YES and _covers(wanted, tokens(name)):
            return True
    words = words_of(product)
    told = (*(word for name in words.names for word in name), *words.text)
    return not _decided_by_variants(product, wanted) and _covers(wanted, told)


def _decided_by_variants(product: Product, wanted: tuple[str, ...]) -> bool:
    """Another variant has it as an option, so the description cannot speak for this one."""
    return any(_covers(wanted, tokens(value)) for variant in product.variants for value in variant.options.values())


def _covers(wanted: tuple[str, ...], known: tuple[str, ...]) -> bool:
    return all(any(_same(word, other) for other in known) for word in wanted)


def _same(word: str, other: str) -> bool:
    return word == other or (len(word) > 4 and len(other) > 4 and fuzz.ratio(word, other) >= 85)


def _is_color(name: str) -> bool:
    return "color" in name.lower() or "colour" in name.lower()
