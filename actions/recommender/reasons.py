"""Why a product is recommended: a sentence that is true of the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from actions.recommender.arms import Asked
from actions.recommender.fitted import ALIKE, WELL_RATED, Fitted
from actions.recommender.models import nonzero
from actions.recommender.signals import History
from actions.services.views import ProductView

SENSE, RELATED = 0.1, 0.25


@dataclass(frozen=True)
class Reason:
    """``kind``: similar, together, bought, viewed, popular, rated, category or there. ``text`` is what is said."""

    kind: str
    text: str


def reason(fitted: Fitted, product: ProductView, history: History, asked: Asked) -> Reason:
    """The strongest true reason."""
    index = fitted.number[product.product_id]
    return (
        (_like(fitted, index, asked.like) if asked.like is not None else _because(fitted, index, history, asked))
        or _popular(fitted, index)
        or _rated(product)
        or (Reason("category", f"From {product.category}") if product.category else Reason("there", "In stock now"))
    )


def _like(fitted: Fitted, index: int, like: int) -> Reason | None:
    name = fitted.items[like].name
    if fitted.is_alike(like, index):
        return Reason("similar", f"Similar to {name}")
    if fitted.blend.collaborative.similar(like)[index] > 0:
        return Reason("together", f"Customers who like {name} like this too")
    return None


def _because(fitted: Fitted, index: int, history: History, asked: Asked) -> Reason | None:
    """What the customer did or has that speaks most for it; a thing of its sort makes more sense to a person."""
    weights, done = asked.basis, nonzero(asked.basis)
    near = fitted.blend.content.near(index, done)
    shares = fitted.blend.contributions(weights, index)[done] * (SENSE + near)
    if asked.beside and not shares.any():
        shares = np.array([fitted.blend.collaborative.similar(int(number))[index] for number in done])
    if not shares.any():
        shares = weights[done] * np.where(near >= ALIKE, near, 0.0)
    if not shares.any():
        return None
    best = int(np.argmax(shares))
    cause = fitted.items[done[best]]
    if asked.beside:
        return Reason("together", f"Goes with {cause.name}")
    if cause.product_id in history.bought:
        return Reason("bought", f"Because you bought {cause.name}")
    if near[best] >= RELATED:
        return Reason("viewed", f"Because you looked at {cause.name}")
    return Reason("together", f"Customers who looked at {cause.name} like this too")


def _popular(fitted: Fitted, index: int) -> Reason | None:
    if index not in fitted.popular:
        return None
    category = fitted.items[index].category
    return Reason("popular", f"Popular in {category}" if category else "Popular with our customers")


def _rated(product: ProductView) -> Reason | None:
    if product.rating is None or product.rating < WELL_RATED:
        return None
    return Reason("rated", f"Rated {product.rating:.1f} of 5 by customers")
