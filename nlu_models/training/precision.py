"""int8 in blocks where it is as good as fp32 on the validation messages.

Plain int8 is for who asks for it: a message's answer would depend on the others in its batch.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

from contract.nlu import Example
from nlu_models.evaluation.quality import Quality, expect
from nlu_models.export.quantise import INT8_BLOCKS, quantise
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import MODEL_FILE, Parser
from nlu_models.training.arguments import TrainingArguments

log = logging.getLogger(__name__)
FULL_FILE = "model.fp32.onnx"


def choose_precision(
    staged: Path, settings: ModelSettings, validation: Sequence[Example], arguments: TrainingArguments
) -> ModelSettings:
    """Replace the fp32 graph in ``staged`` by an int8 one as ``arguments.precision`` says; the new settings."""
    if arguments.precision == "fp32":
        return settings
    graph, full = staged / MODEL_FILE, staged / FULL_FILE
    automatic = arguments.precision == "auto"
    before = expect(Parser(staged, version="draft"), validation) if automatic else None
    graph.rename(full)
    way = INT8_BLOCKS if automatic else arguments.precision
    quantise(full, graph, way=way)
    if before is None or _is_as_good(staged, validation, before, arguments.int8_tolerance):
        full.unlink()
        return dataclasses.replace(settings, precision=way)
    full.replace(graph)
    return settings


def _is_as_good(staged: Path, validation: Sequence[Example], before: Quality, tolerance: float) -> bool:
    after = expect(Parser(staged, version="draft"), validation)
    log.info("validation with fp32 %s, in int8 %s", before, after)
    return before.lost_with(after) <= tolerance
