"""Histories as numbers: one matrix of all customers, one vector of a single one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from scipy.sparse import csr_matrix

from actions.recommender.models import Vector
from actions.recommender.signals import History


def matrix(people: Iterable[History], number: Mapping[str, int]) -> csr_matrix:
    """The weights of all histories, shape (customers, products); the entries of a row stand oldest first."""
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for history in people:
        known = [(number[product_id], weight) for product_id, weight in history.weights.items() if product_id in number]
        columns += [column for column, _ in known]
        values += [weight for _, weight in known]
        ends.append(len(columns))
    entries = np.array(values, dtype=np.float32), np.array(columns, dtype=np.int32), np.array(ends, dtype=np.int32)
    return csr_matrix(entries, shape=(len(ends) - 1, len(number)))


def vector(row: csr_matrix, fade: float) -> Vector:
    """One row of such a matrix as a vector (products,), the older the less."""
    weights = np.zeros(row.shape[1], dtype=np.float32)
    weights[row.indices] = row.data * faded(row.nnz, fade)
    return weights


def faded(count: int, fade: float) -> Vector:
    """What each of ``count`` entries counts, oldest first; the n-th newest n ** -fade. Shape (count,)."""
    return np.asarray(np.arange(count, 0, -1.0) ** -fade, dtype=np.float32)
