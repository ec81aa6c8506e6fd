"""Finds passages by words and by meaning together, and says how sure a hit is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actions.knowledge.keywords import Floats, Keywords
from actions.knowledge.passages import Passage

KEYWORD_WEIGHT = 0.1
"""What the words' cosine counts beside the encoder's, where passages are put in order: more was worse."""


@dataclass(frozen=True)
class Calibration:
    """A logistic regression: is the first passage the right one? Fitted by ``python -m tests.benchmarks.knowledge``."""

    weights: tuple[float, ...]
    base: float

    def score(self, features: Sequence[float]) -> float:
        """The probability, 0 to 1."""
        total = sum(weight * value for weight, value in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-(total + self.base)))


# By words: their cosine, its lead over the next article, matched words.
BY_WORDS = Calibration((7.37, 4.54, 0.91), -3.12)
# By both: the encoder's cosine, its lead over the next article, the words' cosine, matched words.
BY_BOTH = Calibration((5.18, 10.94, -3.22, 1.36), -3.73)


class Index:
    """Passages to be searched. Never changed after it was made."""

    def __init__(self, passages: Sequence[Passage], *, keyword_weight: float = KEYWORD_WEIGHT) -> None:
        self._keywords, self._keyword_weight = Keywords(passages), keyword_weight
        self._articles = np.array([row.article for row in passages])

    def search(self, text: str, limit: int, meaning: Floats | None = None) -> list[tuple[int, float]]:
        """Up to ``limit`` (passage's number, score in 0..1), best first; without those that have nothing in common.

        Args:
            meaning: the encoder's cosines of the query and each passage; None: by the words alone.
        """
        calibration = BY_WORDS if meaning is None else BY_BOTH
        found = self.features(text, limit, meaning)
        return sorted(((index, calibration.score(row)) for index, row in found), key=lambda pair: -pair[1])

    def features(self, text: str, limit: int, meaning: Floats | None = None) -> list[tuple[int, tuple[float, ...]]]:
        """As ``search``, with what the score is made of in its place."""
        words = self._keywords.cosines(text)
        near = self._nearness(words, meaning)
        best = [int(index) for index in np.argsort(-near, kind="stable")[: max(limit, 0)] if near[index] > 0]
        return [(index, self._features(text, index, words, meaning)) for index in best]

    def nearness(self, text: str, meaning: Floats | None = None) -> Floats:
        """Shape (passages,): by words and, where ``meaning`` is given, by it before all."""
        return self._nearness(self._keywords.cosines(text), meaning)

    def _nearness(self, words: Floats, meaning: Floats | None) -> Floats:
        return words if meaning is None else meaning + self._keyword_weight * words

    def _features(self, text: str, index: int, words: Floats, meaning: Floats | None) -> tuple[float, ...]:
        matched = self._keywords.matched(text, index)
        if meaning is None:
            return (*self._with_lead(words, index), matched)
        return (*self._with_lead(meaning, index), float(words[index]), matched)

    def _with_lead(self, cosines: Floats, index: int) -> tuple[float, float]:
        others = cosines[self._articles != self._articles[index]]
        return float(cosines[index]), float(cosines[index]) - float(others.max(initial=0.0))
