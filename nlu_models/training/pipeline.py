"""From checked examples to a published model version."""

from __future__ import annotations

import dataclasses
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

from contract.nlu import ModelInfo, TrainRequest
from contract.wire import to_json
from nlu_models.corrections.journal import FILE as CORRECTIONS
from nlu_models.corrections.journal import Journal
from nlu_models.data.checks import CheckedData, check
from nlu_models.evaluation.report import Report
from nlu_models.evaluation.report_files import REPORT_TEXT
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.registry.record import FILE as RECORD_FILE
from nlu_models.registry.record import TrainingRecord, data_digest, example_digest
from nlu_models.registry.store import Registry
from nlu_models.training import incremental
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.base import WEIGHTS_FILE, find_base
from nlu_models.training.draft import Draft
from nlu_models.training.encoder import encoder_digest, find_encoder
from nlu_models.training.fitting import is_trained_again, with_all, with_validation
from nlu_models.training.on_step import OnStep, part
from nlu_models.training.remember import remember
from nlu_models.training.watching import FOLDER as WATCHED
from nlu_models.training.watching import TensorBoard, Watcher

log = logging.getLogger(__name__)
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

    Where no validation set is given one is held out: it calibrates and tests a model that did not see it. The one
    that is published is trained once more, with all examples.

    Args:
        on_step: told the progress in [0, 1] and the stage.

    Raises:
        InvalidTrainingData: the data, the encoder or the base cannot be used.
        NotFound, BrokenArchive: the base is gone, or a file of it was changed.
    """
    on_step(0.0, "checking the data")
    data = with_validation(check(request.examples, request.validation, request.test), arguments)
    planned: incremental.Plan | None = None
    if request.base is not None:
        planned = incremental.plan(find_base(registry, request.base, data.train, arguments), data.train, arguments)
        data = dataclasses.replace(data, warnings=(*data.warnings, *planned.warnings))
        if arguments.precision == "auto":
            arguments = dataclasses.replace(arguments, precision=planned.base.settings.precision)
    watcher = TensorBoard(registry.root / WATCHED / fingerprint[:12]) if arguments.tensorboard else Watcher()
    staged = registry.stage()
    draft = Draft(staged, request.synonyms, arguments, registry, fingerprint)
    try:
        if is_trained_again(request, arguments):
            settings = draft.of_one_training().make(data, part(on_step, 0.0, 0.45), watcher=watcher)
            report = draft.test(data)
            data = with_all(data)
            settings = draft.make_again(data, settings, part(on_step, 0.45, 0.92))
            report = draft.test(data) if data.test else report
        else:
            settings = draft.make(data, part(on_step, 0.0, 0.92), planned=planned, watcher=watcher)
            report = draft.test(data)
        on_step(0.95, "remembering the examples")
        settings = remember(staged, settings, data.train, Journal(registry.root / CORRECTIONS).corrections)
        settings.save(staged)
        _record(data, arguments, request.base).save(staged)
        _write_card(staged, arguments, settings, report, base=request.base)
        info = registry.publish(staged, fingerprint=fingerprint, metrics=report.metrics)
        draft.forget()
    finally:
        watcher.close()
        registry.discard(staged)
    log.info("published %s", info.version)
    return Trained(info, report)


def assist(request: TrainRequest, arguments: TrainingArguments, *, registry: Registry, fingerprint: str) -> None:
    """Take part in a training of several processes, of which the first does what ``train`` does."""
    data = with_validation(check(request.examples, request.validation, request.test), arguments)
    with tempfile.TemporaryDirectory() as staged:
        draft = Draft(Path(staged), request.synonyms, arguments, registry, fingerprint)
        if is_trained_again(request, arguments):
            draft.of_one_training().assist(data)
            draft.assist_again(with_all(data))
        else:
            draft.assist(data)


def _record(data: CheckedData, arguments: TrainingArguments, base: str | None) -> TrainingRecord:
    digests = sorted(example_digest(example) for example in data.train)
    return TrainingRecord(
        data=data_digest(digests),
        encoder=encoder_digest(find_encoder(arguments.encoder)),
        arguments=to_json(arguments),
        examples=tuple(digests),
        base=base,
    )


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
