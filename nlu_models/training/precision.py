"""int8 where it is as good as fp32 on the validation messages, fp32 otherwise."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from contract.nlu import Example
from nlu_models.evaluation.comparing import predict
from nlu_models.evaluation.metrics import entity_scores
from nlu_models.export.quantise import quantise
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import MODEL_FILE, Parser
from nlu_models.training.arguments import TrainingArguments

log = logging.getLogger(__name__)


def choose_precision(
    staged: Path, settings: ModelSettings, validation: Sequence[Example], arguments: TrainingArguments
) -> ModelSettings:
    """Replace the fp32 graph in ``staged`` by an int8 one as ``arguments.precision`` says; the new settings."""
    if arguments.precision == "fp32":
        return settings
    before = quality(staged, validation) if arguments.precision == "auto" else 0.0
    full = staged / "model.fp32.onnx"
    (staged / MODEL_FILE).rename(full)
    quantise(full, staged / MODEL_FILE)
    if arguments.precision == "auto":
        after = quality(staged, validation)
        log.info("validation with fp32 %.4f, with int8 %.4f", before, after)
        if before - after > arguments.int8_tolerance:
            full.replace(staged / MODEL_FILE)
            return settings
    full.unlink()
    return dataclasses.replace(settings, precision="int8")


def quality(staged: Path, examples: Sequence[Example]) -> float:
    """Mean of intent accuracy and entity F1, in [0, 1]; the accuracy alone where nothing is labelled."""
    results = predict(Parser(staged, version="draft"), examples)
    right = float(np.mean([e.intent == r.intent.name for e, r in zip(examples, results, strict=True)]))
    entities = entity_scores([e.entities for e in examples], [r.entities for r in results])
    return (right + entities.micro_f1) / 2 if any(e.entities for e in examples) else right
