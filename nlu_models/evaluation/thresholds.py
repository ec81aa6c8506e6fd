"""When to ask back instead of answering: the thresholds that cost least on the validation messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu_models.inference.scores import Floats

FALLBACK_RANGE = (0.15, 0.60)
OUT_OF_SCOPE_RANGE = (0.50, 0.98)
STEP = 0.01


@dataclass(frozen=True)
class Thresholds:
    """Below ``fallback`` confidence, or above ``out_of_scope`` score, the bot asks back."""

    fallback: float
    out_of_scope: float


def choose_thresholds(
    confidence: Floats, right: NDArray[np.bool_], score: Floats, outside: NDArray[np.bool_], *, cost: float
) -> Thresholds:
    """The thresholds with the least cost, each on its own; the middle one where several cost the same.

    Args:
        confidence: of the best intent of each message.
        right: whether that intent is the labelled one.
        score: out-of-scope score of each message.
        outside: whether it is labelled out of scope.
        cost: of asking back; a wrong answer costs 1, a right one nothing.
    """
    answered_inside = ~outside
    fallback = _cheapest(FALLBACK_RANGE, lambda at: _cost(confidence < at, right, cost))
    ask = _cheapest(OUT_OF_SCOPE_RANGE, lambda at: _cost(score > at, right & answered_inside, cost))
    return Thresholds(fallback=fallback, out_of_scope=ask)


def _cost(asked: NDArray[np.bool_], right: NDArray[np.bool_], cost: float) -> float:
    """Asking back costs ``cost`` whether or not the answer would have been right."""
    return float(asked.sum() * cost + (~asked & ~right).sum())


def _cheapest(span: tuple[float, float], price: Callable[[float], float]) -> float:
    grid = np.arange(span[0], span[1] + STEP / 2, STEP)
    costs = np.array([price(float(at)) for at in grid])
    best = np.flatnonzero(costs == costs.min())
    return round(float(grid[best[len(best) // 2]]), 2)
