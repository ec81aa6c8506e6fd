"""The blend of the models. Its shares were chosen on validation data (docs/decisions/0017-recommendations.md)."""

from __future__ import annotations

from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from actions.recommender.models import Collaborative, Content, Popularity, Vector
from actions.recommender.recency import learned_fade
from actions.recommender.sequential import Sequential

POPULARITY_SHARE = 0.05
LIKE_COLLABORATIVE_SHARE = 0.35


class Blend:
    """What comes after such a history, what goes with it, and popularity where nothing is known.

    ``fade``, which ``fit`` learns, is by how much histories have to be faded. The less the order of things tells in a
    shop, the more what goes together counts, whatever its order.
    """

    def __init__(self, vectors: Vector | None = None) -> None:
        self.collaborative, self.content, self.popularity = Collaborative(), Content(vectors), Popularity()
        self.sequential = Sequential(vectors)
        self.fade = self.sequential.fade

    def fit(self, interactions: csr_matrix) -> Self:
        """``interactions``: weights, shape (customers, products); the entries of a row stand oldest first."""
        self.fade = self.sequential.fade = learned_fade(interactions)
        for model in (self.sequential, self.collaborative, self.content, self.popularity):
            model.fit(interactions)
        return self

    def recommend(self, history: Vector) -> Vector:
        """Scores (products,) for a history (products,); of an empty one the popularity."""
        if not history.any():
            return self.popularity.scores
        return np.asarray(
            self.sequential.recommend(history)
            + (1.0 - self.fade) * self.collaborative.recommend(history)
            + POPULARITY_SHARE * self.popularity.recommend(history),
            dtype=np.float32,
        )

    def contributions(self, history: Vector, product: int) -> Vector:
        """How much each product of the history speaks for ``product``; never below 0."""
        return self.sequential.contributions(history, product)

    def similar(self, product: int) -> Vector:
        """Scores (products,): first what is alike, then what is bought with it."""
        return np.asarray(
            self.content.similar(product)
            + LIKE_COLLABORATIVE_SHARE * self.collaborative.similar(product)
            + POPULARITY_SHARE * self.popularity.similar(product),
            dtype=np.float32,
        )
