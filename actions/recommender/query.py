"""What the recommender is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from actions.services.recommended import Origin
from actions.services.views import ProductView, SearchQuery


@dataclass(frozen=True)
class RecommendQuery:
    """All fields narrow; none is needed.

    ``customer_id`` only of a verified customer: reasons name what was bought. ``category`` is a category's name,
    ``beside`` the ids of things with which something is to go. ``filters`` are those of a search (its ``product`` is
    not looked at). ``without`` are products that were shown already. The same ``seed`` draws the same chances.
    """

    customer_id: str | None = None
    category: str | None = None
    like_product_id: str | None = None
    beside: tuple[str, ...] = ()
    filters: SearchQuery = field(default_factory=SearchQuery)
    without: tuple[str, ...] = ()
    seed: str | None = None

    @property
    def is_narrowed(self) -> bool:
        return self.category is not None or self.filters != SearchQuery()


@dataclass(frozen=True)
class Recommendation:
    """``product`` holds only the variants that can be had and fit the filters. ``origin`` is what the log keeps."""

    product: ProductView
    reason: str
    origin: Origin
