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
from nlu_models.inference.engine import Array
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import Parser
from nlu_models.inference.scores import energies, out_of_scope_scores, softmax
from nlu_models.training.arguments import TrainingArguments

CHUNK = 64
USUAL_TEMPERATURE, WITH_SMOOTHING = 0.63, 0.1  # with another label smoothing it is not known beforehand
LEAST_DEVIATION = 1e-3
ABSENT = -1e4  # a logit


def tune(
    staged: Path, settings: ModelSettings, validation: Sequence[Example], arguments: TrainingArguments
) -> ModelSettings:
    """The settings with the temperature, the usual energy and the thresholds that fit ``validation``."""
    texts = [example.text for example in validation]
    parser = Parser(staged, version="draft")
    logits = np.concatenate([parser.raw(texts[at : at + CHUNK]).outputs.intents for at in range(0, len(texts), CHUNK)])
    expected = np.array([settings.intents.index(example.intent) for example in validation], dtype=np.int64)
    usual = USUAL_TEMPERATURE if arguments.label_smoothing == WITH_SMOOTHING else None
    temperature = fit_temperature(logits, expected, usual=usual)
    probabilities = softmax(logits, temperature=temperature)
    right = probabilities.argmax(axis=1) == expected
    inside = np.array([example.intent != OUT_OF_SCOPE_INTENT for example in validation])
    energy = energies(logits[inside] if inside.any() else logits, settings.intents)
    settings = dataclasses.replace(
        settings,
        temperature=temperature,
        usual_energy=(float(energy.mean()), max(float(energy.std()), LEAST_DEVIATION)),
        fallback_threshold=fallback_threshold(probabilities.max(axis=1), right, cost=arguments.fallback_cost),
    )
    return dataclasses.replace(settings, out_of_scope_threshold=_threshold(settings, logits, expected, arguments))


def _threshold(
    settings: ModelSettings, logits: Array, expected: NDArray[np.int64], arguments: TrainingArguments
) -> float:
    """Where validation has no message out of scope, each of its messages also stands in for one: seen as if its own
    intent were none of the shop's."""
    names = np.array(settings.intents)[expected]
    known = (logits.argmax(axis=1) == expected) & (names != OUT_OF_SCOPE_INTENT)
    weights = np.ones(len(logits))
    if OUT_OF_SCOPE_INTENT not in names:
        strange = logits.copy()
        strange[np.arange(len(logits)), expected] = ABSENT
        logits, known = np.concatenate([logits, strange]), np.concatenate([known, np.zeros_like(known)])
        share = arguments.out_of_scope_share
        weights = np.concatenate([weights * (1 - share), weights * share])
    scores = out_of_scope_scores(
        softmax(logits, temperature=settings.temperature),
        energies(logits, settings.intents),
        settings.intents,
        usual=settings.usual_energy,
    )
    return out_of_scope_threshold(scores, known, weights, cost=arguments.fallback_cost)
