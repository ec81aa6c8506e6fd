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
    for word in words:
        mean = probabilities[word.tokens].mean(axis=0)
        best = int(mean.argmax())
        label = tags[best] if tags[best] == OUTSIDE else tags[best][2:]
        sure = float(min(mean[best], 1.0))
        if label != OUTSIDE:
            if spans and label == previous and tags[best].startswith("I-"):
                spans[-1] = _longer(spans[-1], word, sure)
            else:
                spans.append(Span(word.start, word.end, *parts_of(label), sure))
        previous = label
    return spans


def _longer(span: Span, word: Word, sure: float) -> Span:
    return Span(span.start, word.end, span.entity, span.role, span.group, min(span.confidence, sure))
