"""Products and their variants."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.db.models import Product, Variant
from actions.shop_import.problems import BrokenRecord, check_texts, minor, option_texts, parse
from actions.shop_import.records import ProductRecord, VariantRecord


def import_product(session: Session, key: str, data: Any, digest: str, currency: str) -> None:
    """Adds or updates one product. Category, details and rating stay unknown: the export does not tell them.

    Raises:
        BrokenRecord: the record cannot be used.
    """
    record = parse(ProductRecord, data)
    if record.product_id != key:
        raise BrokenRecord(".product_id", f"is {record.product_id!r}, but the record stands under {key!r}.")
    product = session.get(Product, key) or Product(id=key, details={}, keywords=[], source="import")
    product.name, product.import_digest = record.name, digest
    product.description, product.url, product.image_url = record.description, record.url, record.image_url
    variants = [_variant(session, key, name, item, currency) for name, item in record.variants.items()]
    check_texts(product, *variants)
    session.add(product)
    session.flush()
    session.add_all(variants)
    _retire_others(product, {variant.id for variant in variants})


def _variant(session: Session, product_id: str, key: str, record: VariantRecord, currency: str) -> Variant:
    where = f".variants[{key!r}]"
    if record.item_id != key:
        raise BrokenRecord(f"{where}.item_id", f"is {record.item_id!r}, but the variant stands under {key!r}.")
    if record.stock is not None and not 0 <= record.stock < 2**31:
        raise BrokenRecord(f"{where}.stock", f"{record.stock} is not a possible number of pieces.")
    price = minor(record.price, currency, f"{where}.price")
    variant = session.get(Variant, key) or Variant(id=key, product_id=product_id)
    if variant.product_id != product_id:
        raise BrokenRecord(where, f"belongs to product {variant.product_id} already.")
    variant.options = option_texts(record.options, f"{where}.options")
    variant.price_minor, variant.currency = price, currency
    variant.stock = record.stock if record.available else 0
    return variant


def _retire_others(product: Product, kept: set[str]) -> None:
    """A variant that is no longer in the export stays, because orders name it, but can't be had."""
    for variant in product.variants:
        if variant.id not in kept:
            variant.stock = 0
