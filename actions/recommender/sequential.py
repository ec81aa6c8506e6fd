"""What is bought after what and together with what: one linear map from products to products, in closed form.

Each step of a customer is a row of a regression: what came before it (the further back, the less it counts) is to
foretell it (SLIST). More rows foretell what was bought from all else that was bought (EASE), and a product's vector
from those of the others, so that what nobody has bought yet has its place too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from scipy.linalg.lapack import spotrf, spotri
from scipy.sparse import csr_matrix, vstack

from actions.recommender.models import Vector, nonzero, row, rows_summed, scaled
from actions.recommender.signals import WEIGHTS

MEMORY = 30
TOGETHER, MEANING, RIDGE = 0.5, 3.0, 100.0
MOST_PRODUCTS = 15_000
"""Of more, those with most interactions. A fit needs 8 bytes for each pair, and time with the third power."""
KEPT = 300
"""The strongest weights of each product that are kept."""
BLOCK = 1000


class Sequential:
    """``vectors``: (products, width), each of length 1, or None. ``fade``: that of the histories, see ``faded``."""

    def __init__(self, vectors: Vector | None = None, fade: float = 1.0) -> None:
        self.vectors, self.fade = vectors, fade

    def fit(self, interactions: csr_matrix) -> Self:
        """``interactions``: weights, shape (customers, products); the entries of a row stand oldest first."""
        steps = _in_purchases(interactions)
        chosen = _most_active(steps)
        before, after = _steps(steps, self.fade)
        past, together = before.T @ before, TOGETHER * (steps.T @ steps)
        gram = (past + together).tocsr()[chosen][:, chosen].toarray(order="F")
        if self.vectors is not None:
            gram += MEANING * _nearness(self.vectors[chosen])
        weights = _solved(gram, (past - before.T @ after).tocsr()[chosen][:, chosen]).tocoo()
        shape = (interactions.shape[1],) * 2
        self._weights = csr_matrix((weights.data, (chosen[weights.row], chosen[weights.col])), shape=shape)
        return self

    def recommend(self, history: Vector) -> Vector:
        """Scores (products,) for a history (products,) of weights."""
        return scaled(rows_summed(self._weights, history))

    def similar(self, product: int) -> Vector:
        """How much one product speaks for each other one."""
        return scaled(row(self._weights, product))

    def contributions(self, history: Vector, product: int) -> Vector:
        """How much each product of the history speaks for ``product``; 0 for one that speaks against it."""
        found, weights = np.zeros_like(history), self._weights
        for number in nonzero(history):
            place = slice(weights.indptr[number], weights.indptr[number + 1])
            speaks = weights.data[place][weights.indices[place] == product]
            found[number] = speaks.sum() * history[number]
        return np.clip(found, 0.0, None)


def _in_purchases(interactions: csr_matrix) -> csr_matrix:
    """One purchase is 1, and nothing is more."""
    steps = interactions.astype(np.float32)
    steps.data = np.minimum(steps.data / WEIGHTS["purchase"], 1.0)
    return steps


def _most_active(steps: csr_matrix) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    activity = np.asarray(steps.sum(axis=0)).ravel()
    return np.sort(np.argsort(-activity, kind="stable")[:MOST_PRODUCTS])


def _steps(steps: csr_matrix, fade: float) -> tuple[csr_matrix, csr_matrix]:
    """What came before each step, and the step itself, both (steps, products)."""
    place = np.arange(steps.nnz)
    first = np.repeat(steps.indptr[:-1], np.diff(steps.indptr))

    def lagged() -> Iterator[csr_matrix]:
        for lag in range(1, MEMORY + 1):
            at = place[place - lag >= first]
            entries = lag**-fade * steps.data[at - lag], (at, steps.indices[at - lag])
            yield csr_matrix(entries, shape=(steps.nnz, steps.shape[1]), dtype=np.float32)

    before = sum(lagged(), csr_matrix((steps.nnz, steps.shape[1]), dtype=np.float32))
    after = csr_matrix((steps.data, steps.indices, np.arange(steps.nnz + 1)), shape=before.shape)
    return before, after


def _nearness(vectors: Vector) -> Vector:
    """The cosines of the vectors without what all have in common."""
    own = vectors - vectors.mean(axis=0)
    own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-6)
    return np.asarray(own @ own.T, dtype=np.float32)


def _solved(gram: Vector, unlike: csr_matrix) -> csr_matrix:
    """The weights W (products, products) with nothing on the diagonal: (gram + RIDGE) W = gram - unlike, in blocks.

    ``gram`` is overwritten.
    """
    inverse = _inverse(gram)
    own = (1.0 - np.asarray(unlike.multiply(inverse).sum(axis=0)).ravel()) / inverse.diagonal()
    blocks = [csr_matrix((0, len(gram)), dtype=np.float32)]
    for start in range(0, len(gram), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(gram)))
        block = -(unlike.T @ inverse[:, rows]).T - inverse[rows] * own
        block[np.arange(len(rows)), rows] = 0.0
        blocks.append(_strongest(block))
    return vstack(blocks, format="csr", dtype=np.float32)


def _inverse(gram: Vector) -> Vector:
    """Of a symmetric positive matrix with RIDGE added, by Cholesky; in its memory."""
    if not len(gram):
        return gram
    gram[np.diag_indices_from(gram)] += RIDGE
    factor, _ = spotrf(gram, lower=0, clean=1, overwrite_a=1)
    upper, _ = spotri(factor, lower=0, overwrite_c=1)
    upper += np.triu(upper, 1).T
    return np.asarray(upper)


def _strongest(block: Vector) -> csr_matrix:
    """The KEPT largest of each row, whatever their sign."""
    if block.shape[1] > KEPT:
        strength = np.abs(block)
        block[strength < np.partition(strength, -KEPT, axis=1)[:, [-KEPT]]] = 0.0
    return csr_matrix(block, dtype=np.float32)
