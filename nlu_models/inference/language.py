"""How likely a word is behind another one, by the training examples."""

from __future__ import annotations

import math

import numpy as np

from nlu_models.inference.vocabulary import BORDER, Vocabulary

UNKNOWN = -1  # the number of a word that is in no vocabulary
_PAIR_SHARE = 0.7  # what the word before says, the rest is the word's own frequency
_UNSEEN = 0.3  # how often a word without a count counts as seen


class Language:
    """A bigram model, interpolated (Jelinek and Mercer, 1980)."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.words = vocabulary.words
        self._counts = vocabulary.counts
        self._numbers = {word: number for number, word in enumerate(vocabulary.words)}
        first, second, counts = vocabulary.pairs.T.astype(np.int64)
        keys = first * len(self.words) + second  # one number takes less memory than two
        self._pairs = dict(zip(keys.tolist(), counts.tolist(), strict=True))
        self._total = max(sum(vocabulary.counts), 1)
        self.border = self.number(BORDER)

    def number(self, word: str) -> int:
        """Of a word in lower case."""
        return self._numbers.get(word, UNKNOWN)

    def count(self, number: int) -> int:
        """How often the word stands in the training examples."""
        return 0 if number == UNKNOWN else self._counts[number]

    def log_frequency(self, number: int) -> float:
        """The logarithm of the word's share of all words."""
        return math.log((self.count(number) + _UNSEEN) / self._total)

    def log_probability(self, before: int, number: int) -> float:
        """The logarithm of how likely the word is behind the word ``before``."""
        share = (self.count(number) + _UNSEEN) / self._total
        seen = self.count(before)
        if not seen:
            return math.log(share)
        follows = 0 if number == UNKNOWN else self._pairs.get(before * len(self.words) + number, 0)
        return math.log(_PAIR_SHARE * follows / seen + (1 - _PAIR_SHARE) * share)
