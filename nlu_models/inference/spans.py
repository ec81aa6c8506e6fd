"""From the tag probabilities of words to entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu_models.data.tags import OUTSIDE, parts_of
from nlu_models.inference.words import Word


@dataclass(frozen=True)
class Span:
    """Characters ``start`` to ``end`` (exclusive) with their label; ``confidence`` is the least sure word's."""

    start: int
    end: int
    entity: str
    role: str | None
    group: str | None
    confidence: float


def decode(words: Sequence[Word], probabilities: NDArray[np.float32], tags: Sequence[str]) -> list[Span]:
    """The spans that the best tag of each word forms.

    Args:
        probabilities: (tokens, tags), each row sums to 1.
        tags: names of the columns.
    """
    spans: list[Span] = []
    previous = OUTSIDE
    for word, best, sure in zip(words, *_best(words, probabilities), strict=True):
        label = tags[best] if tags[best] == OUTSIDE else tags[best][2:]
        if label != OUTSIDE:
            if spans and label == previous and tags[best].startswith("I-"):
                spans[-1] = _longer(spans[-1], word, sure)
            else:
                spans.append(Span(word.start, word.end, *parts_of(label), sure))
        previous = label
    return spans


def _best(words: Sequence[Word], probabilities: NDArray[np.float32]) -> tuple[list[int], list[float]]:
    """Of each word: its best tag and that tag's probability, both by the mean over the word's tokens."""
    if not words:
        return [], []
    counts = np.array([len(word.tokens) for word in words])
    rows = probabilities[[token for word in words for token in word.tokens]]
    means = np.add.reduceat(rows, np.cumsum(counts) - counts) / counts[:, None]
    return means.argmax(axis=1).tolist(), np.minimum(means.max(axis=1), 1.0).tolist()


def _longer(span: Span, word: Word, sure: float) -> Span:
    return Span(span.start, word.end, span.entity, span.role, span.group, min(span.confidence, sure))
