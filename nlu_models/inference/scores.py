"""Calibrated probabilities, the out-of-scope score, and whether to ask back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contract.nlu import OUT_OF_SCOPE_INTENT, IntentScore
from nlu_models.inference.model_settings import ModelSettings

Floats = NDArray[np.float64]
SHOWN = 10
STRANGE = 2.0  # standard deviations below the mean


def softmax(logits: NDArray[np.floating], *, temperature: float = 1.0) -> Floats:
    """Probabilities along the last axis (temperature scaling: Guo et al., 2017)."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float64)


def energies(logits: NDArray[np.floating], intents: Sequence[str]) -> Floats:
    """How much the shop's intents together say about each message, (messages): the logarithm of the sum of their
    exponentials. A message that no intent knows has little of it, however sure the best one is of the rest (Liu et
    al., 2020).

    Args:
        logits: (messages, intents), before the temperature.
    """
    inside = np.asarray(logits, dtype=np.float64)[:, [name != OUT_OF_SCOPE_INTENT for name in intents]]
    most = inside.max(axis=1)
    return np.asarray(most + np.log(np.exp(inside - most[:, np.newaxis]).sum(axis=1)), dtype=np.float64)


def mixed(logits: NDArray[np.floating], weights: Sequence[float]) -> NDArray[np.floating]:
    """The logits of a message that can be read in several ways: (intents).

    The energy says how well a reading fits to what shoppers say, so each has as much of a say as its own weight and
    its energy give it.

    Args:
        logits: of each reading, (readings, intents), before the temperature.
        weights: logarithms of how likely each reading is beside the others.
    """
    likely = np.asarray(weights) - np.logaddexp.reduce(weights)
    return np.logaddexp.reduce(logits + likely[:, np.newaxis], axis=0).astype(logits.dtype)


def out_of_scope_scores(
    probabilities: Floats, energy: Floats, intents: Sequence[str], *, usual: tuple[float, float]
) -> Floats:
    """How little the intents of the shop explain each message, in [0, 1].

    High where the model says ``out_of_scope``, and where the energy is lower than usual: it alone gives a half where it
    is two standard deviations below the mean.

    Args:
        probabilities: (messages, intents), calibrated.
        energy: (messages).
        usual: mean and standard deviation of the energy of the shop's own messages.
    """
    mean, deviation = usual
    strange = 1.0 / (1.0 + np.exp(np.clip((energy - mean) / deviation + STRANGE, -50.0, 50.0)))
    said = probabilities[:, [name == OUT_OF_SCOPE_INTENT for name in intents]].sum(axis=1)
    return np.asarray(1.0 - (1.0 - said) * (1.0 - strange), dtype=np.float64)


def ranking(probabilities: Floats, intents: tuple[str, ...]) -> tuple[IntentScore, ...]:
    """The ten best intents of one message, best first."""
    order = np.argsort(-probabilities, kind="stable")[:SHOWN]
    sure = np.minimum(probabilities[order], 1.0).tolist()
    return tuple(IntentScore(intents[i], round(p, 6)) for i, p in zip(order.tolist(), sure, strict=True))


def is_fallback(best: IntentScore, out_of_scope: float, settings: ModelSettings) -> bool:
    """Whether to ask back. A message that is surely ``out_of_scope`` is understood, not a fallback."""
    if best.confidence < settings.fallback_threshold:
        return True
    return best.name != OUT_OF_SCOPE_INTENT and out_of_scope > settings.out_of_scope_threshold
