"""Amazon Beauty (S3-Rec's selection): what 22,363 customers bought, in order, and the attributes of 12,101 products."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from actions.recommender.evaluation import Held
from actions.recommender.interactions import vector
from actions.recommender.models import Vector
from actions.recommender.signals import WEIGHTS


@dataclass(frozen=True)
class Purchases:
    """``sequences``: product numbers, oldest first. ``vectors``: (products, attributes), of length 1."""

    sequences: list[list[int]]
    vectors: Vector

    def until(self, left_out: int) -> csr_matrix:
        """The interactions (customers, products) without the last ``left_out`` purchases of each customer."""
        rows = [sequence[:-left_out] for sequence in self.sequences]
        columns = np.concatenate(rows)
        ends = np.cumsum([0, *map(len, rows)])
        weights = np.full(len(columns), WEIGHTS["purchase"], dtype=np.float32)
        return csr_matrix((weights, columns, ends), shape=(len(rows), len(self.vectors)))

    def held(self, left_out: int, fade: float) -> Iterator[Held]:
        """For each customer the purchase after those of ``until``: to be found among all that they did not have."""
        rows = self.until(left_out)
        for number, sequence in enumerate(self.sequences):
            row = rows[[number]]
            yield Held(vector(row, fade), tuple(row.indices), sequence[-left_out])


def read(folder: Path) -> Purchases:
    """
    Raises:
        FileNotFoundError: the folder does not hold ``Beauty.txt`` and ``Beauty_item2attributes.json``.
    """
    lines = (folder / "Beauty.txt").read_text("utf-8").splitlines()
    sequences = [[int(item) - 1 for item in line.split()[1:]] for line in lines]
    attributes = json.loads((folder / "Beauty_item2attributes.json").read_text("utf-8"))
    count = 1 + max(map(max, sequences))
    return Purchases(sequences, _vectors([attributes.get(str(number + 1), []) for number in range(count)]))


def _vectors(attributes: list[list[int]]) -> Vector:
    """The rarer an attribute, the more it says (inverse document frequency)."""
    counts = Counter(attribute for row in attributes for attribute in row)
    vectors = np.zeros((len(attributes), 1 + max(counts)), dtype=np.float32)
    for number, row in enumerate(attributes):
        vectors[number, row] = [np.log(len(attributes) / counts[attribute]) for attribute in row]
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6), dtype=np.float32)
