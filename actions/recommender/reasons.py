"""Why a product is recommended: a sentence that is true of the numbers behind it."""

from __future__ import annotations

import numpy as np

from actions.recommender.fitted import ALIKE, Fitted
from actions.recommender.models import Vector
from actions.recommender.signals import History
from actions.services.views import ProductView

SENSE, RELATED = 0.1, 0.25
WELL_RATED = 4.0


def reason(fitted: Fitted, product: ProductView, history: History, weights: Vector, like: int | None = None) -> str:
    """The strongest true reason.

    Args:
        weights: the history as a vector (products,).
        like: the number of the product that was asked for.
    """
    index = fitted.number[product.product_id]
    return (
        (_like(fitted, index, like) if like is not None else _because(fitted, index, history, weights))
        or _popular(fitted, index)
        or _rated(product)
        or (f"From {product.category}" if product.category else "In stock now")
    )


def _like(fitted: Fitted, index: int, like: int) -> str | None:
    name = fitted.items[like].name
    if fitted.is_alike(like, index):
        return f"Similar to {name}"
    if fitted.blend.collaborative.similar(like)[index] > 0:
        return f"Customers who like {name} like this too"
    return None


def _because(fitted: Fitted, index: int, history: History, weights: Vector) -> str | None:
    """What the customer did that speaks most for this product; a thing of its sort makes more sense to a person."""
    near = fitted.blend.content.similar(index)
    shares = fitted.blend.contributions(weights, index) * (SENSE + near)
    if not shares.any():
        shares = weights * np.where(near >= ALIKE, near, 0.0)
    if not shares.any():
        return None
    best = int(np.argmax(shares))
    cause = fitted.items[best]
    if cause.product_id in history.bought:
        return f"Because you bought {cause.name}"
    if near[best] >= RELATED:
        return f"Because you looked at {cause.name}"
    return f"Customers who looked at {cause.name} like this too"


def _popular(fitted: Fitted, index: int) -> str | None:
    if index not in fitted.popular:
        return None
    category = fitted.items[index].category
    return f"Popular in {category}" if category else "Popular with our customers"


def _rated(product: ProductView) -> str | None:
    if product.rating is None or product.rating < WELL_RATED:
        return None
    return f"Rated {product.rating:.1f} of 5 by customers"
