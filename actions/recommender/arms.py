"""The signals by which a place can be filled, each as scores over all products."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from actions.recommender.fitted import Fitted
from actions.recommender.models import Vector

USUAL: Final = "usual"
"""What is recommended without the bandit."""


@dataclass(frozen=True)
class Asked:
    """``basis``: what it starts from, as a vector (products,) of weights: the history, or the things at hand.

    ``like`` is the number of the product to which something similar is wanted, ``beside`` those of the things with
    which something is to go.
    """

    basis: Vector
    like: int | None = None
    beside: tuple[int, ...] = ()

    @property
    def is_about_things(self) -> bool:
        return self.like is not None or bool(self.beside)


def usual(fitted: Fitted, asked: Asked) -> Vector:
    """The deterministic order."""
    if asked.like is not None:
        return fitted.alike(asked.like)
    return fitted.beside(asked.basis) if asked.beside else fitted.blend.recommend(asked.basis)


def _next(fitted: Fitted, asked: Asked) -> Vector:
    return fitted.blend.sequential.recommend(asked.basis)


def _together(fitted: Fitted, asked: Asked) -> Vector:
    return fitted.blend.collaborative.recommend(asked.basis)


def _alike(fitted: Fitted, asked: Asked) -> Vector:
    return fitted.blend.content.recommend(asked.basis)


def _popular(fitted: Fitted, asked: Asked) -> Vector:
    return _for_anybody(fitted.blend.popularity.scores, asked)


def _rated(fitted: Fitted, asked: Asked) -> Vector:
    return _for_anybody(fitted.ratings, asked)


def _for_anybody(scores: Vector, asked: Asked) -> Vector:
    """Nothing for who asks for something like a thing, or to go with it."""
    return np.zeros_like(scores) if asked.is_about_things else scores


ARMS: Mapping[str, Callable[[Fitted, Asked], Vector]] = {
    USUAL: usual,
    "next": _next,
    "together": _together,
    "alike": _alike,
    "popular": _popular,
    "rated": _rated,
}
"""Name → scores (products,); of all but the usual one nothing is taken whose score is 0."""
