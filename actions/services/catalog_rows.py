"""Reads products and draws them as views."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload, selectinload

from actions.db.models import Category, Product, Variant
from actions.services.matching import Words, words_from
from actions.services.money import Money
from actions.services.views import ProductView, VariantView

_ROWS = select(Product).where(Product.is_active).order_by(Product.name, Product.id)
_ALL = _ROWS.options(joinedload(Product.category), selectinload(Product.variants))
_IS_ONE_OF = Product.id.in_(bindparam("ids", expanding=True))
_SOME = _ALL.where(_IS_ONE_OF)
_FEW = _ROWS.where(_IS_ONE_OF).options(joinedload(Product.category), joinedload(Product.variants))
FEW = 20
# Made once, and of few products read at once: a statement costs more than a small answer to it.


@dataclass(frozen=True)
class Entry:
    """What is needed to rank a product; its row is read only if it is wanted."""

    product_id: str
    name: str
    rating: float
    words: Words


def index(session: Session) -> list[Entry]:
    """An entry for every active product. Read as plain columns: this is a search's whole cost."""
    options: dict[str, set[str]] = {}
    for product_id, values in session.execute(select(Variant.product_id, Variant.options)):
        options.setdefault(product_id, set()).update(values.values())
    categories = {
        row.id: (row.name, *row.keywords)
        for row in session.execute(select(Category.id, Category.name, Category.keywords))
    }
    columns = (Product.id, Product.name, Product.keywords, Product.category_id)
    query = select(*columns, Product.description, Product.details, Product.rating).where(Product.is_active)
    return [
        Entry(
            row.id,
            row.name,
            row.rating or 0.0,
            words_from(
                row.name,
                tuple(row.keywords),
                categories.get(row.category_id, ()),
                " ".join(sorted(options.get(row.id, ()))),
                " ".join([row.description or "", *row.details.values()]),
            ),
        )
        for row in session.execute(query)
    ]


def words_of(product: Product) -> Words:
    """The words by which a product can be found."""
    category = product.category
    return words_from(
        product.name,
        tuple(product.keywords),
        (category.name, *category.keywords) if category else (),
        " ".join(sorted({value for variant in product.variants for value in variant.options.values()})),
        " ".join([product.description or "", *product.details.values()]),
    )


def all_products(session: Session, product_ids: Iterable[str] | None = None) -> list[Product]:
    """The active products with category and variants, all or some, in a fixed order."""
    if product_ids is None:
        return list(session.scalars(_ALL))
    ids = list(product_ids)
    statement = _FEW if len(ids) <= FEW else _SOME
    return list(session.scalars(statement, {"ids": ids}).unique())


def product_view(product: Product, variants: Iterable[Variant] | None = None) -> ProductView | None:
    """The view of a product with the given variants (default: all); None where it has none."""
    chosen = tuple(variant_view(variant) for variant in (product.variants if variants is None else variants))
    if not chosen:
        return None
    return ProductView(
        product_id=product.id,
        name=product.name,
        category=product.category.name if product.category else None,
        description=product.description,
        price_from=min((variant.price for variant in chosen), key=lambda price: price.minor),
        url=product.url,
        image_url=product.image_url,
        variants=chosen,
        rating=product.rating,
        details=dict(product.details),
    )


def variant_view(variant: Variant) -> VariantView:
    return VariantView(
        variant_id=variant.id,
        options=dict(variant.options),
        price=Money(variant.price_minor, variant.currency),
        stock=variant.stock,
    )
