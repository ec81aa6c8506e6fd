"""The words of a list that differ from a written one by a few mistakes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import OSA

_ONE_OF_EACH, _SECOND = 32, 1 << 32


class SimilarWords:
    """Finds them in microseconds: most words have too many other letters to be looked at."""

    def __init__(self, words: Sequence[str], reach: Sequence[int]) -> None:
        """
        Args:
            reach: how many mistakes each word may be away at most.
        """
        self._words = words
        self._letters = np.array([_letters(word) for word in words], dtype=np.uint64)
        self._lengths = np.array([len(word) for word in words], dtype=np.int16)
        self._reach = np.array(reach, dtype=np.int16)

    def near(self, word: str, most: int) -> list[tuple[int, int]]:
        """Other words' numbers with their mistakes, at most ``most``. Letters that changed places are one mistake."""
        reach = np.minimum(self._reach, most)
        longer = np.abs(self._lengths - len(word))
        # A letter lost or gained changes one bit, an exchanged one two, a swap none.
        others = np.bitwise_count(self._letters ^ np.uint64(_letters(word)))
        found = []
        for number in np.flatnonzero((longer <= reach) & (others <= 2 * reach - longer)).tolist():
            limit = int(reach[number])
            distance = OSA.distance(self._words[number], word, score_cutoff=limit)
            if 0 < distance <= limit and distance < max(len(word), self._lengths[number]):  # a letter is kept
                found.append((number, distance))
        return found


def _letters(word: str) -> int:
    """One bit for each letter that is in the word, another for each that is in it twice."""
    bits = 0
    for letter in word:
        bit = 1 << ord(letter) % _ONE_OF_EACH
        bits |= bit * _SECOND if bits & bit else bit
    return bits
