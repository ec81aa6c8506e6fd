"""Which signal fills a place best, learned from what was taken up: Thompson sampling over Bayesian linear regressions.

The library is imported here only, so that an action server whose bandit is off does not load it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from bayesianbandits import Arm, NormalRegressor, ThompsonSampling
from numpy.typing import NDArray

from actions.recommender.arms import ARMS
from actions.recommender.rewards import Lesson

FEATURES = ("history", "like", "beside", "narrowed", "place")
"""What counts of a context, each in [0, 1]; one that is missing is 0."""
DRAWS = 2000
SEED_BYTES = 8  # more would take NumPy longer than all else here
PRIOR, NOISE = 25.0, 20.0
"""Precisions: weights are thought to be within 0.2, and one reward to lie 0.22 around what is expected of it."""


class Bandit:
    """Never changed after it has learned; threads may share it.

    What is thought of each arm is drawn ``DRAWS`` times when it has learned, so that a question only picks one of them.
    """

    def __init__(self, lessons: Sequence[Lesson] = ()) -> None:
        self._policy = ThompsonSampling()
        self._arms = [
            Arm(name, learner=NormalRegressor(alpha=PRIOR, beta=NOISE, random_state=number))
            for number, name in enumerate(ARMS)
        ]
        for arm in self._arms:
            mine = [lesson for lesson in lessons if lesson.arm == arm.action_token]
            if mine:
                arm.update(_matrix([lesson.context for lesson in mine]), np.array([lesson.reward for lesson in mine]))
        each = np.eye(1 + len(FEATURES))
        self._drawn = np.array([arm.sample(each, size=DRAWS) for arm in self._arms])

    def rankings(self, contexts: Sequence[Mapping[str, float]], seed: str | None = None) -> list[list[str]]:
        """For each context the arms, the one to be tried first first. The same ``seed`` draws the same."""
        if not contexts:
            return []
        chance, arms = _generator(seed), np.arange(len(self._arms))
        picked = chance.integers(DRAWS, size=(len(contexts), len(arms)))
        weights = self._drawn[arms, picked]  # (contexts, arms, features)
        samples = np.einsum("caf,cf->ac", weights, _matrix(contexts))[:, :, np.newaxis]
        ranked = self._policy.select(samples, self._arms, chance, top_k=len(arms))
        return [[arm.action_token for arm in row] for row in ranked]

    def expected(self, context: Mapping[str, float]) -> dict[str, float]:
        """The reward that is expected of each arm, without any chance in it."""
        return {arm.action_token: float(arm.learner.predict(_matrix([context]))[0]) for arm in self._arms}


def _matrix(contexts: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
    """Shape (contexts, 1 + features); the first column is 1."""
    return np.array([[1.0, *(float(context.get(name, 0.0)) for name in FEATURES)] for context in contexts])


def _generator(seed: str | None) -> np.random.Generator:
    if seed is None:
        return np.random.default_rng()
    return np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:SEED_BYTES]))
