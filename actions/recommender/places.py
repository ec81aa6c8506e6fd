"""Fills the places of one answer: the first in the usual order, at most a share, the last, as the bandit says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from actions.recommender.arms import ARMS, USUAL, Asked, usual
from actions.recommender.choosing import Chooser
from actions.recommender.fitted import Fitted
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
    scores, above = usual(fitted, asked), 0.0 if asked.beside else -math.inf
    contexts = [_context(asked, place, count, is_narrowed) for place in range(count)]
    sure = count - (learned_places(count, share) if bandit is not None else 0)
    first = chooser.take(scores, sure, above=above)
    places = [Place(product, USUAL, False, contexts[number]) for number, product in enumerate(first)]
    if bandit is None or len(places) < sure:
        return places
    for context, arms in zip(contexts[sure:], bandit.rankings(contexts[sure:], seed), strict=True):
        for arm in arms:
            is_usual = arm == USUAL
            found = chooser.take(scores if is_usual else ARMS[arm](fitted, asked), 1, above=above if is_usual else 0.0)
            if found:
                places.append(Place(found[0], arm, True, context))
                break
    return places


def _context(asked: Asked, place: int, count: int, is_narrowed: bool) -> Context:
    done = int(np.count_nonzero(asked.basis))
    return {
        "history": 0.0 if asked.is_about_things else min(1.0, math.log1p(done) / math.log1p(LONG_HISTORY)),
        "like": float(asked.like is not None),
        "beside": float(bool(asked.beside)),
        "narrowed": float(is_narrowed),
        "place": place / max(1, count - 1),
    }
