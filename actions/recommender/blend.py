"""The blend of the models. Its shares were chosen by ``python -m actions.recommender evaluate``."""

from __future__ import annotations

from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from actions.recommender.models import Collaborative, Content, Popularity, Vector

CONTENT_SHARE = 0.1
POPULARITY_SHARE = 0.05
LIKE_COLLABORATIVE_SHARE = 0.35


class Blend:
    """Collaborative first; content for what nobody has bought yet; popularity where nothing is known."""

    def __init__(self, vectors: Vector | None = None) -> None:
        self.collaborative, self.content, self.popularity = Collaborative(), Content(vectors), Popularity()

    def fit(self, interactions: csr_matrix) -> Self:
        """``interactions``: weights, shape (customers, products)."""
        for model in (self.collaborative, self.content, self.popularity):
            model.fit(interactions)
        return self

    def recommend(self, history: Vector) -> Vector:
        """Scores (products,) for a history (products,); of an empty one the popularity."""
        if not history.any():
            return self.popularity.scores
        return np.asarray(
            self.collaborative.recommend(history)
            + CONTENT_SHARE * self.content.recommend(history)
            + POPULARITY_SHARE * self.popularity.recommend(history),
            dtype=np.float32,
        )

    def similar(self, product: int) -> Vector:
        """Scores (products,): first what is alike, then what is bought with it."""
        return np.asarray(
            self.content.similar(product)
            + LIKE_COLLABORATIVE_SHARE * self.collaborative.similar(product)
            + POPULARITY_SHARE * self.popularity.similar(product),
            dtype=np.float32,
        )
