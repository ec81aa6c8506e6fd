"""Reads ``data/shop/catalog/*.yml`` into rows."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from actions.db.models import Category, Product, Variant
from actions.services.money import to_minor
from contract.wire import InvalidInput

SHOP_URL = "https://shop.example.com"


def read_catalogue(folder: Path) -> list[dict[str, Any]]:
    """The parsed files, in the order of their names.

    Raises:
        InvalidInput: no file there, or one that is not YAML.
    """
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise InvalidInput(f"{folder} holds no catalogue (*.yml): set SHOPCLERK_DATA_DIR to the folder `data`.")
    try:
        return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    except yaml.YAMLError as error:
        raise InvalidInput(f"The catalogue in {folder} is not valid YAML: {error}") from error


def catalogue_rows(folder: Path, currency: str) -> tuple[list[Category], list[Product]]:
    """Categories, and products with their variants."""
    categories, products = [], []
    for data in read_catalogue(folder):
        categories.append(Category(id=data["id"], name=data["name"], keywords=data["keywords"]))
        products += [_product(item, data["id"], currency) for item in data["products"]]
    return categories, products


def tastes_of_products(folder: Path) -> dict[str, list[str]]:
    """Product id → the tastes that it serves."""
    return {item["id"]: item["tastes"] for data in read_catalogue(folder) for item in data["products"]}


def _product(item: dict[str, Any], category_id: str, currency: str) -> Product:
    return Product(
        id=item["id"],
        name=item["name"],
        category_id=category_id,
        description=item["description"],
        details=item["details"],
        keywords=item["keywords"],
        url=f"{SHOP_URL}/p/{item['id']}",
        source="demo",
        variants=list(_variants(item, currency)),
    )


def _variants(item: dict[str, Any], currency: str) -> Iterator[Variant]:
    chance = random.Random(item["id"])  # noqa: S311
    names = list(item["options"])
    for number, values in enumerate(itertools.product(*item["options"].values()), start=1):
        options = dict(zip(names, values, strict=True))
        stock = chance.choice((2, 3, 5, 8, 12, 20, 40, 75))
        yield Variant(
            id=f"{item['id']}-{number:02d}",
            options=options,
            price_minor=_price(item, options, currency),
            currency=currency,
            stock=0 if _is_sold_out(item, options) else stock,
        )


def _price(item: dict[str, Any], options: dict[str, str], currency: str) -> int:
    surcharge = item.get("surcharge", {})
    extra = [surcharge.get(name, {}).get(value, "0") for name, value in options.items()]
    return sum(to_minor(amount, currency) for amount in (item["price"], *extra))


def _is_sold_out(item: dict[str, Any], options: dict[str, str]) -> bool:
    return any(row.items() <= options.items() for row in item.get("sold_out", []))
