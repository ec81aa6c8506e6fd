"""Whether a new request begins with a piece of a message: a logistic regression over what the model says of both sides.

Its weights are no part of a model version, because the clues mean the same for every calibrated model;
``python -m nlu_models.training.request_borders`` learns and prints them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contract.nlu import OUT_OF_SCOPE_INTENT, Entity
from nlu_models.inference.segments import Piece

Floats = NDArray[np.float64]
BIAS = -2.870
WEIGHTS = {
    "announced": 3.463,
    "listed": -0.926,
    "both_ask": 1.598,
    "comma": -1.312,
    "doubt_before": -0.294,
    "doubt_behind": -0.076,
    "granted": 0.249,
    "doubt_of_all": 0.385,
    "beside_before": -1.137,
    "beside_behind": -1.763,
    "goes_on": -0.559,
    "entities_behind": 0.800,
    "other_number": 6.191,
}
LEAST = 1e-4  # a probability that is told from none
# Said beside a request, and no request of its own.
_SMALL_TALK = "greet thanks goodbye affirm deny stop bot_challenge how_are_you help insult inform refine_search"
BESIDE = frozenset({*_SMALL_TALK.split(), OUT_OF_SCOPE_INTENT})
# Asking for the same with another number is another request: "cancel #W1, and please cancel #W2 too".
NUMBERS = ("order_id", "tracking_id", "invoice_id", "ticket_id")


def likelihoods(
    pieces: Sequence[Piece], alone: Floats, whole: Floats, intents: Sequence[str], entities: Sequence[Entity]
) -> list[float]:
    """For each piece but the first, how likely a request begins with it that is not the one before.

    Args:
        alone: (pieces, intents), probabilities of each piece by itself.
        whole: (intents,), of the whole message.
        entities: of the whole message.
    """
    scores = [
        BIAS + sum(WEIGHTS[name] * value for name, value in clues.items())
        for clues in all_clues(pieces, alone, whole, intents, entities)
    ]
    return [1 / (1 + math.exp(-score)) for score in scores]


def all_clues(
    pieces: Sequence[Piece], alone: Floats, whole: Floats, intents: Sequence[str], entities: Sequence[Entity]
) -> list[dict[str, float]]:
    """What speaks for and against a border before each piece but the first, by name. Arguments: ``likelihoods``."""
    best = alone.argmax(axis=1).tolist()
    doubt = [_log(1 - float(row[intent])) for row, intent in zip(alone, best, strict=True)]
    is_beside = [float(intents[intent] in BESIDE) for intent in best]
    doubt_of_all = _log(1 - float(whole.max()))
    return [
        {
            "announced": float(pieces[there].announced),
            "listed": float(pieces[there].is_listed),
            "both_ask": float(pieces[here].asks and pieces[there].asks),
            "comma": float("," in pieces[there].border),
            "doubt_before": doubt[here],
            "doubt_behind": doubt[there],
            "granted": _log(min(float(whole[best[here]]), float(whole[best[there]]))),
            "doubt_of_all": doubt_of_all,
            "beside_before": is_beside[here],
            "beside_behind": is_beside[there],
            "goes_on": _log(float(alone[there, best[here]])),
            "entities_behind": float(sum(pieces[there].holds(entity) for entity in entities)),
            "other_number": float(
                has_other_number(entities, pieces[here].start, pieces[there].start, pieces[there].end)
            ),
        }
        for here, there in zip(range(len(pieces) - 1), range(1, len(pieces)), strict=True)
    ]


def has_other_number(entities: Sequence[Entity], start: int, border: int, end: int) -> bool:
    """Whether a number between ``border`` and ``end`` is of a kind of which there is another one from ``start`` on."""
    numbers = [entity for entity in entities if entity.entity in NUMBERS]
    before = {(one.entity, one.value) for one in numbers if start <= one.start < border}
    behind = {(one.entity, one.value) for one in numbers if border <= one.start < end}
    return bool(behind - before) and bool({kind for kind, _ in behind} & {kind for kind, _ in before})


def _log(probability: float) -> float:
    return math.log(probability + LEAST)
