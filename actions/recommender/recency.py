"""How much more the last things that customers did count than the earlier ones: learned from the shop itself."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from actions.recommender.evaluation import Held, quality
from actions.recommender.interactions import vector
from actions.recommender.models import Collaborative

FADES = (1.0, 0.5, 0.0)
LEAST, MOST = 50, 2000
"""Customers to learn it from; with fewer than ``LEAST`` it is the first of ``FADES``."""


def learned_fade(interactions: csr_matrix) -> float:
    """The one of ``FADES`` by which the last thing of each customer is found best from all before it.

    Args:
        interactions: weights, shape (customers, products); the entries of a row stand oldest first.
    """
    sizes = np.diff(interactions.indptr)
    rows = np.flatnonzero(sizes >= 3)
    if len(rows) < LEAST:
        return FADES[0]
    before = _without_last(interactions)
    model = Collaborative().fit(before)
    asked = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST)).astype(int)]
    wanted = interactions.indices[interactions.indptr[asked + 1] - 1]

    def gain(fade: float) -> float:
        held = (
            Held(vector(row, fade), tuple(row.indices), int(product))
            for row, product in zip((before[[number]] for number in asked), wanted, strict=True)
        )
        return quality(held, model.recommend).ndcg

    return max(FADES, key=gain)


def _without_last(interactions: csr_matrix) -> csr_matrix:
    """The same without the newest entry of each row."""
    kept = np.ones(interactions.nnz, dtype=bool)
    sizes = np.diff(interactions.indptr)
    kept[interactions.indptr[1:][sizes > 0] - 1] = False
    ends = np.concatenate(([0], np.cumsum(np.maximum(sizes - 1, 0))))
    return csr_matrix((interactions.data[kept], interactions.indices[kept], ends), shape=interactions.shape)
