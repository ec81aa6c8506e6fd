"""The models that a recommendation is blended from: three verbs each, over a matrix (customers, products).

Products are columns ``0 .. products-1``; a history is a vector (products,) of weights ≥ 0. Scores are vectors
(products,) in [0, 1], where 0 means "nothing speaks for it".
"""

from __future__ import annotations

import warnings
from typing import Protocol, Self

import numpy as np
from implicit.nearest_neighbours import ItemItemRecommender, TFIDFRecommender
from implicit.utils import ParameterWarning
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Vector = NDArray[np.float32]
NEIGHBOURS = 100


class Model(Protocol):
    """What can be fitted, and can say what fits a history or a product."""

    def fit(self, interactions: csr_matrix) -> Self:
        """Learns from weights ≥ 0, shape (customers, products)."""

    def recommend(self, history: Vector) -> Vector:
        """How well each product fits what one customer did."""

    def similar(self, product: int) -> Vector:
        """How near each product is to one; 0 for itself."""


class Collaborative:
    """Item to item: what is bought and looked at by the same customers (``implicit``; TF-IDF if not told)."""

    def __init__(self, neighbours: type[ItemItemRecommender] = TFIDFRecommender) -> None:
        self._neighbours = neighbours

    def fit(self, interactions: csr_matrix) -> Self:
        if interactions.nnz == 0:
            self._near = csr_matrix((interactions.shape[1],) * 2, dtype=np.float32)
            return self
        # One neighbour more, because each product is its own nearest.
        model = self._neighbours(K=NEIGHBOURS + 1, num_threads=1)
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore", ParameterWarning)  # it warns of a conversion that it makes itself
            # What all customers but one have weighs nothing to it, and its nearness becomes 0 / 0.
            model.fit(interactions.astype(np.float64), show_progress=False)
        near = model.similarity.tocsr().astype(np.float32)
        near.data = np.nan_to_num(near.data)
        near.setdiag(0)
        near.eliminate_zeros()
        self._near = near
        return self

    def recommend(self, history: Vector) -> Vector:
        return scaled(rows_summed(self._near, history))

    def similar(self, product: int) -> Vector:
        return scaled(row(self._near, product))


class Content:
    """Products whose texts mean something similar. ``vectors``: (products, width), each of length 1, or None."""

    def __init__(self, vectors: Vector | None) -> None:
        self.vectors = vectors
        self._products = 0

    def fit(self, interactions: csr_matrix) -> Self:
        self._products = interactions.shape[1]
        return self

    def recommend(self, history: Vector) -> Vector:
        if self.vectors is None or not history.any():
            return np.zeros(self._products, dtype=np.float32)
        done = nonzero(history)
        # A product is as near as can be to itself: that says nothing.
        return scaled(np.asarray(self.vectors @ (history[done] @ self.vectors[done]) - history, dtype=np.float32))

    def similar(self, product: int) -> Vector:
        """The cosine itself, not scaled: it also says whether anything is near at all."""
        if self.vectors is None:
            return np.zeros(self._products, dtype=np.float32)
        scores = np.clip(self.vectors @ self.vectors[product], 0.0, 1.0)
        scores[product] = 0.0
        return np.asarray(scores, dtype=np.float32)

    def near(self, product: int, others: NDArray[np.intp]) -> Vector:
        """The cosines of one product and some others, shape (others,); 0 for itself."""
        if self.vectors is None:
            return np.zeros(len(others), dtype=np.float32)
        cosines = np.clip(self.vectors[others] @ self.vectors[product], 0.0, 1.0)
        return np.where(others == product, 0.0, cosines).astype(np.float32)


class Popularity:
    """What most customers buy, put into the cart and look at; the same for everybody."""

    def fit(self, interactions: csr_matrix) -> Self:
        totals = np.asarray(interactions.sum(axis=0), dtype=np.float32).ravel()
        self.scores = scaled(totals)
        return self

    def recommend(self, history: Vector) -> Vector:  # noqa: ARG002
        return self.scores

    def similar(self, product: int) -> Vector:
        scores = self.scores.copy()
        scores[product] = 0.0
        return scores


def nonzero(weights: Vector) -> NDArray[np.intp]:
    """Where a vector is not 0. NumPy finds truth values several times faster than numbers."""
    return np.flatnonzero(weights != 0)


def row(matrix: csr_matrix, number: int) -> Vector:
    """One row of a sparse matrix, shape (columns,)."""
    found = np.zeros(matrix.shape[1], dtype=np.float32)
    place = slice(matrix.indptr[number], matrix.indptr[number + 1])
    found[matrix.indices[place]] = matrix.data[place]
    return found


def rows_summed(matrix: csr_matrix, weights: Vector) -> Vector:
    """The rows of a sparse matrix, each times its weight, shape (columns,). Much faster than a product for few rows."""
    total = np.zeros(matrix.shape[1], dtype=np.float32)
    for number in nonzero(weights):
        place = slice(matrix.indptr[number], matrix.indptr[number + 1])
        total[matrix.indices[place]] += matrix.data[place] * weights[number]
    return total


def scaled(scores: Vector) -> Vector:
    """The best is 1, nothing is below 0."""
    scores = np.clip(scores, 0.0, None)
    best = float(scores.max(initial=0.0))
    return (scores / best if best > 0 else scores).astype(np.float32)
