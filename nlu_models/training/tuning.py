"""Calibration and thresholds of the graph that will be served, on the validation messages."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from contract.nlu import OUT_OF_SCOPE_INTENT, Example
from nlu_models.evaluation.calibration import fit_temperature
from nlu_models.evaluation.thresholds import choose_thresholds
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import Parser
from nlu_models.inference.scores import out_of_scope_scores, softmax
from nlu_models.training.arguments import TrainingArguments

CHUNK = 64


def tune(
    staged: Path, settings: ModelSettings, validation: Sequence[Example], arguments: TrainingArguments
) -> ModelSettings:
    """The settings with the temperature, the fallback and the out-of-scope threshold that fit ``validation``."""
    texts = [example.text for example in validation]
    parser = Parser(staged, version="draft")
    logits = np.concatenate([parser.raw(texts[at : at + CHUNK]).outputs.intents for at in range(0, len(texts), CHUNK)])
    expected = np.array([settings.intents.index(example.intent) for example in validation], dtype=np.int64)
    temperature = fit_temperature(logits, expected)
    probabilities = softmax(logits, temperature=temperature)
    found = choose_thresholds(
        probabilities.max(axis=1),
        probabilities.argmax(axis=1) == expected,
        out_of_scope_scores(probabilities, settings.intents),
        np.array([example.intent == OUT_OF_SCOPE_INTENT for example in validation]),
        cost=arguments.fallback_cost,
    )
    return dataclasses.replace(
        settings,
        temperature=temperature,
        fallback_threshold=found.fallback,
        out_of_scope_threshold=found.out_of_scope,
    )
