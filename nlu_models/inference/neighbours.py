"""The training examples in the encoder's space, as the served graph sees them: what lies near a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.wire import BrokenArchive

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
VECTORS_FILE, INTENTS_FILE = "neighbours.npy", "neighbours_intents.npy"
PER_INTENT = 64  # with 256 the nearest one is hardly nearer, and the file four times as large


@dataclass(frozen=True)
class Neighbours:
    """Some examples of each intent: ``vectors`` (rows, width) of length one, ``intents`` (rows,) their numbers."""

    vectors: Floats
    intents: Integers

    def save(self, folder: Path) -> None:
        """Write both files, vectors in half precision."""
        np.save(folder / VECTORS_FILE, self.vectors.astype(np.float16), allow_pickle=False)
        np.save(folder / INTENTS_FILE, self.intents.astype(np.int32), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Neighbours:
        """
        Raises:
            BrokenArchive: a file is missing or is not what ``save`` writes.
        """
        try:
            vectors = np.load(folder / VECTORS_FILE, allow_pickle=False)
            intents = np.load(folder / INTENTS_FILE, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise BrokenArchive(f"The neighbours of {folder} cannot be read ({error}): train again.") from error
        if vectors.ndim != 2 or intents.shape != vectors.shape[:1]:
            raise BrokenArchive(f"The neighbours of {folder} do not fit together: train again.")
        return cls(vectors.astype(np.float32), intents.astype(np.int64))

    def nearest_by_intent(self, vectors: Floats, intents: int) -> Floats:
        """Cosine similarity of each vector to the nearest example of each intent, -1 where an intent has none.

        Args:
            vectors: (texts, width), of length one.
            intents: how many intents there are.

        Returns:
            (texts, intents)
        """
        found = np.full((len(vectors), intents), -1.0, dtype=np.float32)
        similarity = vectors @ self.vectors.T
        for number in np.unique(self.intents):
            found[:, number] = similarity[:, self.intents == number].max(axis=1)
        return found

    def nearest_other(self, vectors: Floats, own: Integers) -> Floats:
        """Cosine similarity of each vector to the nearest example of an intent that is not its ``own``; -1 without one.

        Args:
            vectors: (texts, width), of length one.
            own: (texts,) intent numbers.
        """
        similarity = vectors @ self.vectors.T
        similarity[own[:, None] == self.intents[None, :]] = -1.0
        return np.asarray(similarity.max(axis=1, initial=-1.0), dtype=np.float32)


def unit(vectors: NDArray[np.floating]) -> Floats:
    """The vectors (rows, width) with length one; one of length zero stays."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)


def spread(intents: Sequence[int], *, per_intent: int = PER_INTENT) -> list[int]:
    """Indices of at most ``per_intent`` examples of each intent, evenly over all that it has, in order."""
    by_intent: dict[int, list[int]] = {}
    for index, intent in enumerate(intents):
        by_intent.setdefault(intent, []).append(index)
    return sorted(index for found in by_intent.values() for index in found[:: -(-len(found) // per_intent)])
