"""The version that an incremental training begins with, and what its data lack. No torch: the service asks here too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contract.nlu import Example
from contract.wire import InvalidTrainingData, NotFound
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.registry.record import TrainingRecord, example_digest
from nlu_models.registry.store import Registry
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.encoder import encoder_digest, find_encoder

WEIGHTS_FILE = "weights.safetensors"
LEAST_KEPT = 0.5
IN_FULL = "Train in full: `rasa train` without --finetune."


@dataclass(frozen=True)
class Changes:
    """``new`` and ``old`` are the examples that the base did not and did learn; ``gone`` counts those it learned and
    that are no more."""

    new: tuple[Example, ...]
    old: tuple[Example, ...]
    gone: int


@dataclass(frozen=True)
class Base:
    """A whole version with weights. ``folder`` holds its files."""

    version: str
    folder: Path
    settings: ModelSettings
    record: TrainingRecord

    def changes(self, examples: Sequence[Example]) -> Changes:
        """What is new in ``examples``, and what is left of the base's."""
        known = set(self.record.examples)
        digests = [example_digest(example) for example in examples]
        return Changes(
            new=tuple(e for e, digest in zip(examples, digests, strict=True) if digest not in known),
            old=tuple(e for e, digest in zip(examples, digests, strict=True) if digest in known),
            gone=len(known - set(digests)),
        )


def find_base(registry: Registry, version: str, examples: Sequence[Example], arguments: TrainingArguments) -> Base:
    """The version as the beginning of a training on ``examples``.

    Raises:
        NotFound: there is no such version.
        BrokenArchive: a file of it was changed.
        InvalidTrainingData: it has no weights, other ones than these arguments need, or most of its examples are gone.
    """
    try:
        folder = registry.verified(version)
    except NotFound as error:
        raise NotFound(f"The base {version[:80]!r} of this training is not there any more. {IN_FULL}") from error
    if not (folder / WEIGHTS_FILE).is_file():
        raise InvalidTrainingData(f"Model {version} was published without weights to go on from. {IN_FULL}")
    base = Base(version, folder, ModelSettings.load(folder), TrainingRecord.load(folder))
    if base.record.encoder != encoder_digest(find_encoder(arguments.encoder)):
        raise InvalidTrainingData(
            f"Model {version} has the encoder {base.settings.encoder}, this training asks for another one "
            f"({arguments.encoder}). {IN_FULL}"
        )
    _check_rehearsal(base, base.changes(examples))
    return base


def _check_rehearsal(base: Base, changes: Changes) -> None:
    learned = len(base.record.examples)
    if len(changes.old) < LEAST_KEPT * learned:
        raise InvalidTrainingData(
            f"{len(changes.old)} of the {learned} examples that model {base.version} has learned are in these data. An "
            "incremental training rehearses them, or it would forget them: give the old examples together with the new "
            f"ones. {IN_FULL}"
        )
