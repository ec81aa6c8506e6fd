"""From checked examples to a published model version."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from contract.nlu import Example, ModelInfo, TrainRequest
from contract.wire import dumps
from nlu_models.corrections.journal import FILE as CORRECTIONS
from nlu_models.corrections.journal import Journal
from nlu_models.data.checks import CheckedData, check
from nlu_models.data.holdout import hold_out
from nlu_models.evaluation import confusion
from nlu_models.evaluation.comparing import predict
from nlu_models.evaluation.report import Report, as_markdown, evaluate
from nlu_models.export.onnx_export import export
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import MODEL_FILE, TOKENIZER_FILE, Parser
from nlu_models.registry.store import Registry
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.dataset import Labels, encode, load_tokenizer
from nlu_models.training.encoder import find_encoder
from nlu_models.training.model import JointModel, build
from nlu_models.training.precision import choose_precision
from nlu_models.training.remember import remember
from nlu_models.training.trainer import fit
from nlu_models.training.tuning import tune

log = logging.getLogger(__name__)
OnStep = Callable[[float, str], None]
FIT_SHARE = 0.88
REPORT_JSON, REPORT_TEXT, PICTURE, CARD = "report.json", "report.md", "confusion.png", "README.md"


@dataclass(frozen=True)
class Trained:
    """The published version and its report on the test set (or on validation where there is no test set)."""

    info: ModelInfo
    report: Report


def train(
    request: TrainRequest, arguments: TrainingArguments, *, registry: Registry, fingerprint: str, on_step: OnStep
) -> Trained:
    """Train, export, calibrate, test and publish.

    Args:
        on_step: told the progress in [0, 1] and the stage.

    Raises:
        InvalidTrainingData: the data or the encoder cannot be used.
    """
    on_step(0.0, "checking the data")
    data = with_validation(check(request.examples, request.validation, request.test), arguments)
    staged = registry.stage()
    try:
        model, settings = _fit(data, request.synonyms, arguments, staged, on_step)
        on_step(FIT_SHARE, "exporting")
        settings = _export(model, settings, data.validation, arguments, staged)
        on_step(0.92, "remembering the examples")
        settings = remember(staged, settings, data.train, Journal(registry.root / CORRECTIONS).corrections)
        settings.save(staged)
        on_step(0.95, "testing")
        report = _report(staged, data)
        _write_card(staged, arguments, settings, report)
        info = registry.publish(staged, fingerprint=fingerprint, metrics=report.metrics)
    finally:
        registry.discard(staged)
    log.info("published %s", info.version)
    return Trained(info, report)


def with_validation(data: CheckedData, arguments: TrainingArguments) -> CheckedData:
    """The data with a validation set, taken from the training set where none was given."""
    if data.validation:
        return data
    train_part, validation = hold_out(data.train, share=arguments.holdout)
    warning = f"No validation set was given: {len(validation)} training examples were held out for it."
    return CheckedData(train_part, validation, data.test, (*data.warnings, warning))


def _fit(
    data: CheckedData, synonyms: dict[str, str], arguments: TrainingArguments, staged: Path, on_step: OnStep
) -> tuple[JointModel, ModelSettings]:
    on_step(0.01, "loading the encoder")
    folder = find_encoder(arguments.encoder)
    labels = Labels.of(data.train)
    tokenizer = load_tokenizer(folder)
    tokenizer.save(str(staged / TOKENIZER_FILE))
    torch.manual_seed(arguments.seed)
    model = build(folder, intents=len(labels.intents), tags=len(labels.tags), dropout=arguments.dropout)
    longest = min(arguments.max_length, model.longest)
    rows = encode(data.train, labels, tokenizer, max_length=longest)
    validation = encode(data.validation, labels, tokenizer, max_length=longest)
    fit(model, rows, validation, arguments, on_step=lambda done, stage: on_step(done * FIT_SHARE, stage))
    settings = ModelSettings(
        intents=labels.intents,
        tags=labels.tags,
        encoder=arguments.encoder,
        precision="fp32",
        max_length=min(arguments.serving_max_length, model.longest),
        pad_id=model.pad,
        synonyms=dict(synonyms),
    )
    return model, settings


def _export(
    model: JointModel,
    settings: ModelSettings,
    validation: Sequence[Example],
    arguments: TrainingArguments,
    staged: Path,
) -> ModelSettings:
    export(model, staged / MODEL_FILE)
    settings.save(staged)
    settings = choose_precision(staged, settings, validation, arguments)
    settings = tune(staged, settings, validation, arguments)
    settings.save(staged)
    return settings


def _report(staged: Path, data: CheckedData) -> Report:
    part, examples = ("test", data.test) if data.test else ("validation", data.validation)
    results = predict(Parser(staged, version="new"), examples)
    report = evaluate(examples, results, part=part, warnings=data.warnings)
    (staged / REPORT_JSON).write_text(dumps(report), encoding="utf-8")
    (staged / REPORT_TEXT).write_text(as_markdown(report), encoding="utf-8")
    confusion.draw([e.intent for e in examples], [r.intent.name for r in results], staged / PICTURE)
    return report


def _write_card(staged: Path, arguments: TrainingArguments, settings: ModelSettings, report: Report) -> None:
    rows = [f"- {name}: {value}" for name, value in vars(arguments).items()]
    text = [
        "# A Shopclerk model version",
        "",
        f"Encoder {settings.encoder}, {settings.precision}, {len(settings.intents)} intents, "
        f"{len(settings.entities)} entities. Temperature {settings.temperature:.3f}, fallback below "
        f"{settings.fallback_threshold:.2f}, out of scope above {settings.out_of_scope_threshold:.2f}.",
        "",
        "## Trained with",
        "",
        *rows,
        "",
        f"What it is worth on {report.messages} {report.part} messages stands in {REPORT_TEXT}.",
    ]
    (staged / CARD).write_text("\n".join(text) + "\n", encoding="utf-8")
