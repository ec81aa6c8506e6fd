"""Which tag usually follows which. Each word's tag comes from its vector alone; what that leaves open (where a name
ends, which of two names goes on) the order of the training examples' tags decides (Viterbi, 1967)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu_models.inference import version_file

FILE = "tag_transitions.npy"
WEIGHT = 0.3  # of the order beside the words themselves
UNSEEN = 0.05  # how often everything was seen that was not
LEAST = 1e-2  # tags of a word that are less likely are not looked at


class Transitions:
    """The order of tags, as the training examples have it."""

    def __init__(self, scores: NDArray[np.float32]) -> None:
        """
        Args:
            scores: (tags + 1, tags), how usual a tag is behind each tag and, in the last row, as a text's first:
                weighted logarithms of probabilities.
        """
        self.scores = scores
        *self._behind, self._first = scores.tolist()

    @classmethod
    def of(cls, texts: Iterable[Sequence[int]], tags: int) -> Transitions:
        """Counted in texts with a number below ``tags`` for the tag of each word."""
        counts = np.full((tags + 1, tags), UNSEEN)
        for text in texts:
            for before, tag in pairwise((tags, *text)):
                counts[before, tag] += 1
        return cls((WEIGHT * np.log(counts / counts.sum(axis=1, keepdims=True))).astype(np.float32))

    def save(self, folder: Path) -> None:
        """Write the file of a version."""
        version_file.write_table(self.scores, folder / FILE)

    @classmethod
    def load(cls, folder: Path, tags: int) -> Transitions:
        """
        Raises:
            BrokenArchive: the file is missing or is not what ``save`` writes for so many tags.
        """
        return cls(version_file.read_table(folder / FILE, (tags + 1, tags)))

    def likeliest(self, probabilities: NDArray[np.float32]) -> list[int]:
        """The tags of a text's words that are likeliest together.

        Args:
            probabilities: of each word's tags, (words, tags), at least one word.
        """
        best = probabilities.argmax(axis=1)
        options = probabilities >= LEAST
        options[np.arange(len(best)), best] = True
        words, tags = np.nonzero(options)
        if len(words) == len(best):
            return best.tolist()
        own = np.log(probabilities[words, tags]).tolist()
        return self._path(_by_word(words.tolist(), tags.tolist(), own))

    def _path(self, words: list[dict[int, float]]) -> list[int]:
        """The best way through each word's tags with their own scores."""
        reached = {tag: own + self._first[tag] for tag, own in words[0].items()}
        came_from: list[dict[int, int]] = []
        for word in words[1:]:
            origins, scores = {}, {}
            for tag, own in word.items():
                ways = ((score + self._behind[before][tag], before) for before, score in reached.items())
                best, origins[tag] = max(ways)
                scores[tag] = best + own
            came_from.append(origins)
            reached = scores
        path = [max(reached, key=reached.__getitem__)]
        for origins in reversed(came_from):
            path.append(origins[path[-1]])
        return path[::-1]


def _by_word(words: list[int], tags: list[int], own: list[float]) -> list[dict[int, float]]:
    found: list[dict[int, float]] = [{} for _ in range(words[-1] + 1)]
    for word, tag, score in zip(words, tags, own, strict=True):
        found[word][tag] = score
    return found
