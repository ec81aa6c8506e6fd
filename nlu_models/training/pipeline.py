"""From checked examples to a published model version."""

from __future__ import annotations

import dataclasses
import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_model
from tokenizers import Tokenizer

from contract.nlu import Example, ModelInfo, TrainRequest
from contract.wire import to_json
from nlu_models.corrections.journal import FILE as CORRECTIONS
from nlu_models.corrections.journal import Journal
from nlu_models.data.checks import CheckedData, check
from nlu_models.data.holdout import hold_out
from nlu_models.evaluation.report import Report
from nlu_models.evaluation.report_files import REPORT_TEXT, write_report
from nlu_models.export.onnx_export import export
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import MODEL_FILE, TOKENIZER_FILE
from nlu_models.inference.vocabulary import Vocabulary
from nlu_models.registry.record import FILE as RECORD_FILE
from nlu_models.registry.record import TrainingRecord, data_digest, example_digest
from nlu_models.registry.space import require
from nlu_models.registry.store import Registry
from nlu_models.training import incremental
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.augmentation import Augmentation
from nlu_models.training.base import WEIGHTS_FILE, find_base
from nlu_models.training.checkpoint import Checkpoint
from nlu_models.training.dataset import Labels, encode, load_tokenizer
from nlu_models.training.distillation import find_teacher, with_soft_labels
from nlu_models.training.encoder import encoder_digest, find_encoder
from nlu_models.training.layers import keep_layers
from nlu_models.training.model import JointModel, build
from nlu_models.training.precision import choose_precision
from nlu_models.training.remember import remember
from nlu_models.training.trainer import Score, fit
from nlu_models.training.tuning import tune
from nlu_models.training.watching import FOLDER as WATCHED
from nlu_models.training.watching import TensorBoard, Watcher

log = logging.getLogger(__name__)
OnStep = Callable[[float, str], None]
FIT_SHARE = 0.88
COPIES = 4  # of the encoder's weights that the disk must hold at once while a version is made
CARD = "README.md"


@dataclass(frozen=True)
class Trained:
    """The published version and its report on the test set (or on validation where there is no test set)."""

    info: ModelInfo
    report: Report


def train(
    request: TrainRequest, arguments: TrainingArguments, *, registry: Registry, fingerprint: str, on_step: OnStep
) -> Trained:
    """Train, export, calibrate, test and publish. With a base the training goes on from its weights.

    Args:
        on_step: told the progress in [0, 1] and the stage.

    Raises:
        InvalidTrainingData: the data, the encoder or the base cannot be used.
        NotFound, BrokenArchive: the base is gone, or a file of it was changed.
    """
    on_step(0.0, "checking the data")
    data = with_validation(check(request.examples, request.validation, request.test), arguments)
    planned: incremental.Plan | None = None
    tuned_on = data.validation
    if request.base is not None:
        planned = incremental.plan(find_base(registry, request.base, data.train, arguments), data.train, arguments)
        data = dataclasses.replace(data, warnings=(*data.warnings, *planned.warnings))
        tuned_on = incremental.sample(data.validation, size=incremental.TUNED)
        if arguments.precision == "auto":
            arguments = dataclasses.replace(arguments, precision=planned.base.settings.precision)
    checkpoint = Checkpoint(registry.root, fingerprint)
    watcher = TensorBoard(registry.root / WATCHED / fingerprint[:12]) if arguments.tensorboard else Watcher()
    staged = registry.stage()
    try:
        model, settings, _ = fit_model(
            data,
            request.synonyms,
            arguments,
            staged,
            registry,
            on_step,
            planned=planned,
            checkpoint=checkpoint,
            watcher=watcher,
        )
        save_model(model, str(staged / WEIGHTS_FILE))
        _record(data, arguments, request.base).save(staged)
        on_step(FIT_SHARE, "exporting")
        settings = _export(model, settings, tuned_on, arguments, staged)
        on_step(0.92, "remembering the examples")
        settings = remember(staged, settings, data.train, Journal(registry.root / CORRECTIONS).corrections)
        settings.save(staged)
        on_step(0.95, "testing")
        report = write_report(staged, data.validation, data.test, warnings=data.warnings)
        _write_card(staged, arguments, settings, report, base=request.base)
        info = registry.publish(staged, fingerprint=fingerprint, metrics=report.metrics)
        checkpoint.remove()
    finally:
        watcher.close()
        registry.discard(staged)
    log.info("published %s", info.version)
    return Trained(info, report)


def assist(request: TrainRequest, arguments: TrainingArguments, *, registry: Registry, fingerprint: str) -> None:
    """Take part in a training of several processes, of which the first does what ``train`` does."""
    data = with_validation(check(request.examples, request.validation, request.test), arguments)
    with tempfile.TemporaryDirectory() as staged:
        fit_model(
            data,
            request.synonyms,
            arguments,
            Path(staged),
            registry,
            quietly,
            checkpoint=Checkpoint(registry.root, fingerprint),
        )


def quietly(_progress: float, _stage: str) -> None:
    """Report to nobody."""


def with_validation(data: CheckedData, arguments: TrainingArguments) -> CheckedData:
    """The data with a validation set, taken from the training set where none was given."""
    if data.validation:
        return data
    train_part, validation = hold_out(data.train, share=arguments.holdout)
    warning = f"No validation set was given: {len(validation)} training examples were held out for it."
    return CheckedData(train_part, validation, data.test, (*data.warnings, warning))


def fit_model(
    data: CheckedData,
    synonyms: dict[str, str],
    arguments: TrainingArguments,
    staged: Path,
    registry: Registry,
    on_step: OnStep,
    *,
    planned: incremental.Plan | None = None,
    checkpoint: Checkpoint | None = None,
    watcher: Watcher | None = None,
) -> tuple[JointModel, ModelSettings, list[Score]]:
    """The trained model, what it knows, and its validation scores; ``staged`` gets its tokenizer and vocabulary.

    An incremental training is short: what is ``planned`` is done without checkpoints, teacher and augmentation.
    """
    on_step(0.01, "loading the encoder")
    folder = find_encoder(arguments.encoder)
    require(staged, COPIES * sum(path.stat().st_size for path in folder.glob("*.safetensors")))
    labels = Labels.of(data.train)
    tokenizer = load_tokenizer(folder)
    tokenizer.save(str(staged / TOKENIZER_FILE))
    Vocabulary.of((example.text for example in data.train), tokenizer).save(staged)

    def show(done: float, stage: str) -> None:
        on_step(done * FIT_SHARE, stage)

    scores: list[Score] = []
    if planned is None:
        model, scores = _from_encoder(
            data, labels, tokenizer, arguments, registry, show, checkpoint=checkpoint, watcher=watcher
        )
    else:
        model = incremental.go_on(planned, labels, data.validation, tokenizer, arguments, on_step=show)
    settings = ModelSettings(
        intents=labels.intents,
        tags=labels.tags,
        encoder=arguments.encoder,
        precision="fp32",
        max_length=min(arguments.serving_max_length, model.longest),
        pad_id=model.pad,
        synonyms=dict(synonyms),
    )
    return model, settings, scores


def _from_encoder(
    data: CheckedData,
    labels: Labels,
    tokenizer: Tokenizer,
    arguments: TrainingArguments,
    registry: Registry,
    on_step: OnStep,
    *,
    checkpoint: Checkpoint | None,
    watcher: Watcher | None,
) -> tuple[JointModel, list[Score]]:
    folder = find_encoder(arguments.encoder)
    teacher = find_teacher(arguments.teacher, registry) if arguments.teacher else None
    torch.manual_seed(arguments.seed)
    model = build(folder, intents=len(labels.intents), tags=len(labels.tags), dropout=arguments.dropout)
    if arguments.kept_layers:
        keep_layers(model.encoder, arguments.kept_layers)
    longest = min(arguments.max_length, model.longest)
    rows = encode(data.train, labels, tokenizer, max_length=longest)
    validation = encode(data.validation, labels, tokenizer, max_length=longest)
    if teacher is not None:
        on_step(0.0, "asking the teacher")
        rows = with_soft_labels(rows, data.train, labels, tokenizer, teacher)
    renewed = None
    if arguments.entity_substitution or arguments.typing_noise:
        renewed = Augmentation(data.train, rows, labels, tokenizer, arguments, max_length=longest).rows
    scores = fit(
        model,
        rows,
        validation,
        arguments,
        on_step=on_step,
        renewed=renewed,
        checkpoint=checkpoint,
        watcher=watcher,
    )
    return model, scores


def _record(data: CheckedData, arguments: TrainingArguments, base: str | None) -> TrainingRecord:
    digests = sorted(example_digest(example) for example in data.train)
    return TrainingRecord(
        data=data_digest(digests),
        encoder=encoder_digest(find_encoder(arguments.encoder)),
        arguments=to_json(arguments),
        examples=tuple(digests),
        base=base,
    )


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


def _write_card(
    staged: Path, arguments: TrainingArguments, settings: ModelSettings, report: Report, *, base: str | None
) -> None:
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
        f"Began with {f'the weights of {base}' if base else 'the encoder'}. {WEIGHTS_FILE} holds the trained weights, "
        f"{RECORD_FILE} the digests of the examples.",
        "",
        *rows,
        "",
        f"What it is worth on {report.messages} {report.part} messages stands in {REPORT_TEXT}.",
    ]
    (staged / CARD).write_text("\n".join(text) + "\n", encoding="utf-8")
