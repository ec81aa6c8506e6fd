"""Calibrated probabilities, the out-of-scope score, and whether to ask back."""

from __future__ import annotations

from collections.abc import Sequence

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


def out_of_scope_scores(probabilities: Floats, likeness: NDArray[np.floating], intents: Sequence[str]) -> Floats:
    """How little the intents of the shop explain each message, in [0, 1].

    High where the model says ``out_of_scope``, and where the message is far from the middle of every other intent, as
    the encoder sees it: what it never met it classifies as surely as anything else, but seldom puts near an intent.

    Args:
        probabilities: (messages, intents), calibrated.
        likeness: cosine similarity to the intents, (messages, intents).
    """
    inside = [number for number, name in enumerate(intents) if name != OUT_OF_SCOPE_INTENT]
    said = 1.0 - probabilities[:, [i for i in range(len(intents)) if i not in inside]].sum(axis=1)
    return np.asarray(1.0 - said * np.clip(likeness[:, inside].max(axis=1), 0.0, 1.0), dtype=np.float64)


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
