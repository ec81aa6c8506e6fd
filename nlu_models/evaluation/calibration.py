"""Making probabilities mean what they say, and measuring whether they do. Numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlu_models.inference.scores import Floats, softmax

BINS = 15
SPREAD = 0.15  # of the temperature's logarithm around what is usual, from one data set to the next
GRID = np.geomspace(0.2, 5.0, 121)


def fit_temperature(logits: NDArray[np.floating], expected: NDArray[np.int64], *, usual: float | None = None) -> float:
    """The temperature with the least cross-entropy (Guo et al., 2017), or the likeliest one where it is known what is
    usual: a few messages then move it a little, hundreds decide.

    Args:
        logits: (messages, intents).
        expected: number of the right intent of each message, (messages).
        usual: the middle of a normal distribution of the logarithm, which ``SPREAD`` is the deviation of.
    """

    def unlikeliness(temperature: float) -> float:
        surprise = 0.0 if usual is None else (np.log(temperature / usual) / SPREAD) ** 2 / 2
        return len(expected) * _loss(logits, expected, temperature) + surprise

    return float(min(GRID.tolist(), key=unlikeliness))


def expected_calibration_error(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Mean gap between confidence and accuracy over 15 equal bins, weighted by their size (Naeini et al., 2015)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).sum() for b in np.unique(bins)]
    return float(sum(gaps) / max(len(confidence), 1))


def auroc(scores: Floats, positive: NDArray[np.bool_]) -> float | None:
    """Probability that a positive message scores above a negative one; None where one kind is missing."""
    above, below = scores[positive], scores[~positive]
    if not len(above) or not len(below):
        return None
    wins = (above[:, None] > below[None, :]).mean() + 0.5 * (above[:, None] == below[None, :]).mean()
    return float(wins)


def _loss(logits: NDArray[np.floating], expected: NDArray[np.int64], temperature: float) -> float:
    probabilities = softmax(logits, temperature=temperature)
    return float(-np.log(np.maximum(probabilities[np.arange(len(expected)), expected], 1e-12)).mean())
