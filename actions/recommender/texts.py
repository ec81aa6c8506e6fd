"""What a product says about itself, as one text for the encoder, and the digest by which vectors are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from actions.db.models import Product


@dataclass(frozen=True)
class ProductText:
    """``text`` is what the encoder reads."""

    product_id: str
    text: str


def product_text(product: Product) -> ProductText:
    """Name, other names, category and description; for an import without them, the options that it comes in."""
    category = product.category.name if product.category else ""
    options = sorted({value for variant in product.variants for value in variant.options.values()})
    about = product.description or f"Comes in {', '.join(options)}." if options else product.description or ""
    parts = [product.name, ", ".join(product.keywords), category, about]
    return ProductText(product.id, ". ".join(part.rstrip(".") for part in parts if part))


def digest(texts: Sequence[ProductText], encoder: str) -> str:
    """The same for the same texts and encoder, whatever the order."""
    lines = [encoder, *(f"{item.product_id}\t{item.text}" for item in sorted(texts, key=lambda item: item.product_id))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]
