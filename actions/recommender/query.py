"""What the recommender is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from actions.services.views import ProductView


@dataclass(frozen=True)
class RecommendQuery:
    """All fields narrow; none is needed.

    ``customer_id`` only of a verified customer: reasons name what was bought. ``category`` is a category's name.
    ``price_max`` is in minor units.
    """

    customer_id: str | None = None
    category: str | None = None
    like_product_id: str | None = None
    price_max: int | None = None


@dataclass(frozen=True)
class Recommendation:
    """``product`` holds only the variants that can be had (within the price limit, if one was asked for)."""

    product: ProductView
    reason: str
