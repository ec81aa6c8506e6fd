"""TF-IDF vectors of words and pairs of words. As scikit-learn's, but without the 150 MB that its import costs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix


class TfIdf:
    """Documents as vectors of length 1: (1 + ln count) times ln((1 + documents) / (1 + documents with it)) + 1."""

    def __init__(self, documents: Sequence[list[str]]) -> None:
        """``documents``: their words, in order."""
        counted = [_counts(words) for words in documents]
        spread = Counter(term for counts in counted for term in counts)
        self._number = {term: index for index, term in enumerate(spread)}
        self._rarity = {term: math.log((1 + len(counted)) / (1 + found)) + 1 for term, found in spread.items()}
        self.rarest = math.log((1 + len(counted)) / 2) + 1
        self._matrix = self._rows(counted)

    def knows(self, term: str) -> bool:
        return term in self._number

    def rarity(self, term: str) -> float:
        """Higher for what few documents have; what none has counts as rarest."""
        return self._rarity.get(term, self.rarest)

    def cosines(self, words: list[str]) -> NDArray[np.float64]:
        """How near each document is to a query, shape (documents,), from 0 to 1."""
        query = self._rows([_counts(words)])
        return np.asarray((self._matrix @ query.T).toarray(), dtype=np.float64).ravel()

    def _rows(self, counted: Sequence[Counter[str]]) -> csr_matrix:
        rows, columns, values = [], [], []
        for row, counts in enumerate(counted):
            weights = {term: (1 + math.log(n)) * self._rarity[term] for term, n in counts.items() if self.knows(term)}
            length = math.sqrt(sum(weight * weight for weight in weights.values()))
            for term, weight in weights.items():
                rows.append(row)
                columns.append(self._number[term])
                values.append(weight / length)
        return csr_matrix((values, (rows, columns)), shape=(len(counted), len(self._number)), dtype=np.float64)


def _counts(words: list[str]) -> Counter[str]:
    return Counter([*words, *(f"{left} {right}" for left, right in pairwise(words))])
