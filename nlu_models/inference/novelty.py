"""How much a message looks like what the version was trained with: near the middle of an intent, or of none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu_models.inference.neighbours import Floats, Neighbours, unit


@dataclass(frozen=True)
class Centres:
    """The middle of each intent's examples in the encoder's space: (intents, width), of length one."""

    vectors: Floats

    @classmethod
    def of(cls, neighbours: Neighbours, *, intents: int) -> Centres:
        """The means of the examples; an intent without one is like nothing."""
        sums = np.zeros((intents, neighbours.vectors.shape[1]), dtype=np.float32)
        np.add.at(sums, neighbours.intents, neighbours.vectors)
        return cls(unit(sums))

    def likeness(self, sentences: NDArray[np.floating]) -> Floats:
        """Cosine similarity of each message to each intent, (messages, intents).

        Args:
            sentences: (messages, width), of length one.
        """
        return np.asarray(sentences @ self.vectors.T, dtype=np.float32)
