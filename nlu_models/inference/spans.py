"""From the tag probabilities of words to entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu_models.data.tags import OUTSIDE, parts_of
from nlu_models.inference.transitions import Transitions
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


def decode(
    words: Sequence[Word], probabilities: NDArray[np.float32], tags: Sequence[str], order: Transitions
) -> list[Span]:
    """The spans that the likeliest tags of the words form.

    Args:
        probabilities: (tokens, tags), each row sums to 1.
        tags: names of the columns.
        order: which tag usually follows which.
    """
    if not words:
        return []
    spans: list[Span] = []
    previous = OUTSIDE
    of_words = _means(words, probabilities)
    for word, best, row in zip(words, order.likeliest(of_words), of_words, strict=True):
        sure = min(float(row[best]), 1.0)
        label = tags[best] if tags[best] == OUTSIDE else tags[best][2:]
        if label != OUTSIDE:
            if spans and label == previous and tags[best].startswith("I-"):
                spans[-1] = _longer(spans[-1], word, sure)
            else:
                spans.append(Span(word.start, word.end, *parts_of(label), sure))
        previous = label
    return spans


def _means(words: Sequence[Word], probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probabilities of each word's tags, the mean over its tokens: (words, tags)."""
    rows = probabilities[[token for word in words for token in word.tokens]]
    if len(rows) == len(words):
        return rows
    counts = np.array([len(word.tokens) for word in words])
    return (np.add.reduceat(rows, np.cumsum(counts) - counts) / counts[:, None]).astype(np.float32)


def _longer(span: Span, word: Word, sure: float) -> Span:
    return Span(span.start, word.end, span.entity, span.role, span.group, min(span.confidence, sure))
