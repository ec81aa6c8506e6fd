"""Calibration and thresholds of the graph that will be served, on the validation messages."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.nlu import OUT_OF_SCOPE_INTENT, Example
from nlu_models.evaluation.calibration import fit_temperature
from nlu_models.evaluation.thresholds import fallback_threshold, out_of_scope_threshold
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.neighbours import Floats
from nlu_models.inference.parser import Parser
from nlu_models.inference.scores import out_of_scope_scores, softmax
from nlu_models.training.arguments import TrainingArguments

CHUNK = 64
UNLIKE = -1.0


def tune(
    staged: Path, settings: ModelSettings, validation: Sequence[Example], arguments: TrainingArguments
) -> ModelSettings:
    """The settings with the temperature, the fallback and the out-of-scope threshold that fit ``validation``."""
    texts = [example.text for example in validation]
    parser = Parser(staged, version="draft")
    outputs = [parser.raw(texts[at : at + CHUNK]).outputs for at in range(0, len(texts), CHUNK)]
    logits = np.concatenate([part.intents for part in outputs])
    likeness = parser.centres.likeness(np.concatenate([part.sentences for part in outputs]))
    expected = np.array([settings.intents.index(example.intent) for example in validation], dtype=np.int64)
    temperature = fit_temperature(logits, expected)
    probabilities = softmax(logits, temperature=temperature)
    right = probabilities.argmax(axis=1) == expected
    outside = np.array([example.intent == OUT_OF_SCOPE_INTENT for example in validation])
    scores, weights = out_of_scope_scores(probabilities, likeness, settings.intents), np.ones(len(validation))
    known = right & ~outside
    if not outside.any():
        strange = out_of_scope_scores(probabilities, _without(likeness, expected), settings.intents)
        scores, known = np.concatenate([scores, strange]), np.concatenate([known, np.zeros_like(known)])
        share = arguments.out_of_scope_share
        weights = np.concatenate([weights * (1 - share), weights * share])
    return dataclasses.replace(
        settings,
        temperature=temperature,
        fallback_threshold=fallback_threshold(probabilities.max(axis=1), right, cost=arguments.fallback_cost),
        out_of_scope_threshold=out_of_scope_threshold(scores, known, weights, cost=arguments.fallback_cost),
    )


def _without(likeness: Floats, own: NDArray[np.int64]) -> Floats:
    """The likeness as if each message's own intent were none of the shop's: it stands in for one out of scope."""
    found = likeness.copy()
    found[np.arange(len(own)), own] = UNLIKE
    return found
