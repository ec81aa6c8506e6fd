"""Calibrated probabilities, the out-of-scope score, and whether to ask back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from contract.nlu import OUT_OF_SCOPE_INTENT, IntentScore
from nlu_models.inference.model_settings import ModelSettings

Floats = NDArray[np.float64]
SHOWN = 10


def softmax(logits: NDArray[np.floating], *, temperature: float = 1.0) -> Floats:
    """Probabilities along the last axis (temperature scaling: Guo et al., 2017)."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float64)


def out_of_scope_scores(probabilities: Floats, intents: tuple[str, ...]) -> Floats:
    """How little the best intent of the shop explains each message: 1 - its probability, in [0, 1].

    High where the model says ``out_of_scope``, and where it cannot decide (maximum softmax probability:
    Hendrycks and Gimpel, 2017).

    Args:
        probabilities: (messages, intents), calibrated.
    """
    inside = [i for i, name in enumerate(intents) if name != OUT_OF_SCOPE_INTENT]
    return np.asarray(1.0 - probabilities[:, inside].max(axis=1), dtype=np.float64)


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
