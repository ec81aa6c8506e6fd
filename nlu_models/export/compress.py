"""Smaller and faster versions of a version: made, measured beside it, the best published unless it lost too much."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contract.nlu import Correction, Example, ModelInfo
from contract.wire import InvalidInput, LostTooMuch, dumps, to_json
from nlu_models.corrections.journal import FILE as CORRECTIONS
from nlu_models.corrections.journal import Journal
from nlu_models.evaluation.report_files import write_report
from nlu_models.export.onnx_export import export
from nlu_models.export.pruning import head_importance, least_heads, least_layers, without_heads, without_layers
from nlu_models.export.quantise import WAYS, quantise
from nlu_models.export.side_by_side import FULL, Row, as_table, side_by_side
from nlu_models.export.weights import load_weights
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import MODEL_FILE, TOKENIZER_FILE
from nlu_models.inference.tag_priors import TagPriors
from nlu_models.inference.transitions import Transitions
from nlu_models.inference.vocabulary import Vocabulary
from nlu_models.registry.fingerprint import code_digest
from nlu_models.registry.store import Registry
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.base import WEIGHTS_FILE
from nlu_models.training.dataset import Labels, encode, load_tokenizer
from nlu_models.training.dataset import Row as Encoded
from nlu_models.training.model import JointModel
from nlu_models.training.remember import remember
from nlu_models.training.trainer import fit
from nlu_models.training.tuning import tune

log = logging.getLogger(__name__)
HEADS, LAYERS = "heads", "layers"
KINDS = (*WAYS, HEADS, LAYERS)
JUDGED = 256  # validation messages that tell which heads and layers matter
CARD, TABLE, FIGURES = "README.md", "compression.md", "compression.json"
KEPT_FILES = (WEIGHTS_FILE, "training.json")  # where only the graph changes, a training can go on from them


@dataclass(frozen=True)
class Options:
    """``kinds`` are candidates such as ``int8`` or ``layers+int8``; ``tolerance`` is what one may lose on validation.

    ``heads`` is the part of the heads that is cut out, ``layers`` the number of layers; pruned candidates then learn
    for ``recover`` epochs.

    Raises:
        InvalidInput: a value is impossible; the sentence names it.
    """

    kinds: tuple[str, ...]
    tolerance: float = 0.005
    heads: float = 0.25
    layers: int = 1
    recover: int = 1
    learning_rate: float = 1e-4

    def __post_init__(self) -> None:
        for kind in self.kinds:
            steps = kind.split("+")
            if not set(steps) <= set(KINDS) or len(set(steps)) < len(steps) or len(set(steps) & set(WAYS)) > 1:
                raise InvalidInput(f"{kind!r} is no candidate: join {', '.join(KINDS)} with +, one int8 at most.")
        if not self.kinds:
            raise InvalidInput(f"There are no candidates: name some of {', '.join(KINDS)}.")
        if not 0 <= self.tolerance <= 1 or not 0 < self.heads < 1 or not 0 <= self.recover <= 100:
            raise InvalidInput("tolerance is in [0, 1], heads between 0 and 1, recover at most 100 epochs.")


@dataclass(frozen=True)
class Data:
    """What choosing, reporting and recovering need. Without ``train`` nothing recovers, and no corrections are applied
    to what is published."""

    train: Sequence[Example]
    validation: Sequence[Example]
    test: Sequence[Example]


def compress(
    registry: Registry, version: str, data: Data, options: Options, *, show: Callable[[str], None]
) -> ModelInfo:
    """Publish the fastest candidate that loses at most the tolerance on validation.

    Args:
        show: told what is being done, and the table.

    Raises:
        NotFound, BrokenArchive: the version does not exist or was changed.
        InvalidInput: it holds no weights, there is nothing to validate on, or its family cannot be pruned so.
        LostTooMuch: every candidate loses more; nothing is published.
    """
    base = registry.verified(version)
    if not data.validation:
        raise InvalidInput("There are no validation messages: without them nothing tells what a candidate loses.")
    known = registry.find(_fingerprint(version, options))
    if known is not None:
        return known
    workshop = registry.stage()
    try:
        folders = _candidates(base, workshop, data, options, show)
        show("measuring")
        rows = side_by_side(folders, data.validation, data.test)
        show(as_table(rows))
        chosen = _choose(rows, options.tolerance)
        _finish(folders[chosen.name], base, chosen, rows, data, Journal(registry.root / CORRECTIONS).corrections)
        return registry.publish(
            folders[chosen.name],
            fingerprint=_fingerprint(version, options),
            metrics=write_report(folders[chosen.name], data.validation, data.test).metrics,
        )
    finally:
        registry.discard(workshop)


def _candidates(
    base: Path, workshop: Path, data: Data, options: Options, show: Callable[[str], None]
) -> dict[str, Path]:
    """Folders with what a parser needs: of the full model, and of each candidate."""
    model = load_weights(base)
    folders = {FULL: _folder(base, workshop, FULL)}
    export(model, folders[FULL] / MODEL_FILE)
    pruned: dict[str, JointModel] = {}
    for kind in options.kinds:
        show(f"making {kind}")
        folder = folders[kind] = _folder(base, workshop, kind)
        steps = kind.split("+")
        cuts = "+".join(step for step in steps if step not in WAYS)
        if cuts and cuts not in pruned:
            pruned[cuts] = _prune(model, cuts.split("+"), base, data, options)
        if cuts:
            export(pruned[cuts], folder / MODEL_FILE)
        else:
            shutil.copy(folders[FULL] / MODEL_FILE, folder)
        for way in (step for step in steps if step in WAYS):
            _quantise(folder, way)
    return folders


def _folder(base: Path, workshop: Path, name: str) -> Path:
    folder = workshop / name
    folder.mkdir()
    shutil.copy(base / TOKENIZER_FILE, folder)
    Vocabulary.load(base).save(folder)
    settings = dataclasses.replace(ModelSettings.load(base), precision="fp32")
    Transitions.load(base, len(settings.tags)).save(folder)
    TagPriors.load(base, intents=len(settings.intents), tags=len(settings.tags)).save(folder)
    settings.save(folder)
    return folder


def _quantise(folder: Path, way: str) -> None:
    full = (folder / MODEL_FILE).rename(folder / "full.onnx")
    quantise(full, folder / MODEL_FILE, way=way)
    full.unlink()
    dataclasses.replace(ModelSettings.load(folder), precision=way).save(folder)


def _prune(model: JointModel, cuts: Sequence[str], base: Path, data: Data, options: Options) -> JointModel:
    validation = _encoded(base, model, data.validation)
    judged = validation[:: -(-len(validation) // JUDGED)]
    for cut in cuts:
        if cut == LAYERS:
            model = without_layers(model, least_layers(model, judged, options.layers))
        else:
            model = without_heads(model, least_heads(head_importance(model, judged), options.heads))
    if options.recover and data.train:
        arguments = TrainingArguments(
            epochs=options.recover, learning_rate=options.learning_rate, linear_probe=False, device="cpu"
        )
        rows = _encoded(base, model, data.train)
        fit(model, rows, validation, arguments, on_step=lambda _progress, _stage: None)
    return model


def _encoded(base: Path, model: JointModel, examples: Sequence[Example]) -> list[Encoded]:
    settings = ModelSettings.load(base)
    labels = Labels(settings.intents, settings.tags)
    longest = min(TrainingArguments().max_length, model.longest)
    return encode(examples, labels, load_tokenizer(base), max_length=longest)


def _choose(rows: Sequence[Row], tolerance: float) -> Row:
    candidates = [row for row in rows if row.name != FULL]
    good = [row for row in candidates if row.lost <= tolerance]
    if not good:
        losses = ", ".join(f"{row.name} loses {100 * row.lost:.2f}" for row in candidates)
        raise LostTooMuch(
            f"No candidate loses at most {100 * tolerance:.2f} points on validation: {losses}. Nothing was published; "
            "allow more with --tolerance, let pruned ones recover longer, or choose other kinds."
        )
    return min(good, key=lambda row: (row.p50_ms, row.size_bytes))


def _finish(
    folder: Path, base: Path, chosen: Row, rows: Sequence[Row], data: Data, corrections: Sequence[Correction]
) -> None:
    """What a version has beside its graph: thresholds that fit it, what it remembers, the comparison, its card."""
    settings = tune(folder, ModelSettings.load(folder), data.validation, TrainingArguments())
    learned = [example for example in data.train if example.intent in settings.intents]
    if learned:
        settings = remember(folder, settings, learned, corrections)
    settings.save(folder)
    if set(chosen.name.split("+")) <= set(WAYS):
        for path in (base / name for name in KEPT_FILES):
            if path.is_file():
                shutil.copy(path, folder)
    (folder / TABLE).write_text(as_table(rows), encoding="utf-8")
    (folder / FIGURES).write_text(dumps(rows), encoding="utf-8")
    text = [
        "# A compressed Shopclerk model version",
        "",
        f"Made from {base.name} by {chosen.name}; {settings.precision}, {len(settings.intents)} intents, "
        f"{len(settings.entities)} entities. It loses {100 * chosen.lost:.2f} points of intents or entities on "
        f"{len(data.validation)} validation messages. It is the fastest of these that lose no more than was allowed:",
        "",
        as_table(rows),
    ]
    (folder / CARD).write_text("\n".join(text), encoding="utf-8")


def _fingerprint(version: str, options: Options) -> str:
    """Of what was made from ``version`` with these options and this code."""
    return hashlib.sha256(dumps([version, to_json(options), code_digest()]).encode()).hexdigest()
