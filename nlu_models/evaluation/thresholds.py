"""When to ask back instead of answering: the thresholds that cost least on the validation messages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nlu_models.inference.scores import Floats

FALLBACK_RANGE = (0.15, 0.60)
OUT_OF_SCOPE_RANGE = (0.10, 0.98)
STEP = 0.01


def fallback_threshold(confidence: Floats, right: NDArray[np.bool_], *, cost: float) -> float:
    """The confidence below which asking back costs least.

    Args:
        confidence: of the best intent of each message.
        right: whether that intent is the labelled one.
        cost: of asking back; a wrong answer costs 1, a right one nothing.
    """
    even = np.ones(len(confidence))
    return _cheapest(FALLBACK_RANGE, lambda at: _cost(confidence < at, right, cost, even))


def out_of_scope_threshold(score: Floats, right: NDArray[np.bool_], weight: Floats, *, cost: float) -> float:
    """The out-of-scope score above which asking back costs least.

    Args:
        score: of each message.
        right: whether its answer would be right; never so for a message out of scope.
        weight: how many messages each stands for.
        cost: as for the fallback.
    """
    return _cheapest(OUT_OF_SCOPE_RANGE, lambda at: _cost(score > at, right, cost, weight))


def _cost(asked: NDArray[np.bool_], right: NDArray[np.bool_], cost: float, weight: Floats) -> float:
    """Asking back costs ``cost`` whether or not the answer would have been right."""
    return float((weight * (asked * cost + (~asked & ~right))).sum())


def _cheapest(span: tuple[float, float], price: Callable[[float], float]) -> float:
    """The middle one where several cost the same."""
    grid = np.arange(span[0], span[1] + STEP / 2, STEP)
    costs = np.array([price(float(at)) for at in grid])
    best = np.flatnonzero(costs <= costs.min() + 1e-9)
    return round(float(grid[best[len(best) // 2]]), 2)
