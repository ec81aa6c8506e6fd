"""Fills the places of one answer: the first in the usual order, at most a share, the last, as the bandit says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np

from actions.recommender.arms import ARMS, USUAL, Asked
from actions.recommender.choosing import Chooser
from actions.recommender.fitted import Fitted
from actions.recommender.models import Vector
from actions.services.views import ProductView

LONG_HISTORY = 20
"""Things done, from which on a history counts as long."""
Context = dict[str, float]


class Bandit(Protocol):
    """What chooses among ``ARMS``."""

    def rankings(self, contexts: list[Context], seed: str | None = None) -> list[list[str]]:
        """For each context the arms, the one to be tried first first."""


@dataclass(frozen=True)
class Place:
    """A product on its place. ``context`` is what was known, each value in [0, 1]."""

    product: ProductView
    arm: str
    is_learned: bool
    context: Context


def learned_places(count: int, share: float) -> int:
    """How many of ``count`` places the bandit may fill: never the first."""
    return max(0, min(count - 1, math.floor(count * share)))


def fill(
    chooser: Chooser,
    fitted: Fitted,
    asked: Asked,
    count: int,
    *,
    is_narrowed: bool,
    bandit: Bandit | None = None,
    share: float = 0.0,
    seed: str | None = None,
) -> list[Place]:
    """Up to ``count`` products; each is in stock and fits, whoever chose it. Without a bandit: in the usual order."""
    contexts = [_context(asked, place, count, is_narrowed) for place in range(count)]
    sure = count - (learned_places(count, share) if bandit is not None else 0)
    rankings = bandit.rankings(contexts[sure:], seed) if bandit is not None else []
    scored = _Scored(fitted, asked)
    likely = [next((arm for arm in arms if scored.speaks(arm)), USUAL) for arms in rankings]
    wanted = [(USUAL, sure), *((arm, 1) for arm in likely)]
    chooser.read([(scored[arm], number, scored.least(arm)) for arm, number in wanted])
    first = chooser.take(scored[USUAL], sure, above=scored.least(USUAL))
    places = [Place(product, USUAL, False, contexts[number]) for number, product in enumerate(first)]
    if len(places) < sure:
        return places
    for context, arms in zip(contexts[sure:], rankings, strict=True):
        found = ((arm, chooser.take(scored[arm], 1, above=scored.least(arm))) for arm in arms)
        places += [Place(taken[0], arm, True, context) for arm, taken in islice((one for one in found if one[1]), 1)]
    return places


class _Scored(dict[str, Vector]):
    """The scores of each arm, made when they are first asked for."""

    def __init__(self, fitted: Fitted, asked: Asked) -> None:
        self._fitted, self._asked = fitted, asked

    def __missing__(self, arm: str) -> Vector:
        self[arm] = ARMS[arm](self._fitted, self._asked)
        return self[arm]

    def speaks(self, arm: str) -> bool:
        """Whether it speaks for anything at all."""
        return bool((self[arm] > self.least(arm)).any())

    def least(self, arm: str) -> float:
        """A product needs more than that; in the usual order anything may come, but what goes with a thing must."""
        return -math.inf if arm == USUAL and not self._asked.beside else 0.0


def _context(asked: Asked, place: int, count: int, is_narrowed: bool) -> Context:
    done = int(np.count_nonzero(asked.basis))
    return {
        "history": 0.0 if asked.is_about_things else min(1.0, math.log1p(done) / math.log1p(LONG_HISTORY)),
        "like": float(asked.like is not None),
        "beside": float(bool(asked.beside)),
        "narrowed": float(is_narrowed),
        "place": place / max(1, count - 1),
    }
