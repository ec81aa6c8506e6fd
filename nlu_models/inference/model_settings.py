"""What a model version knows beside its weights: labels, calibration, thresholds, synonyms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nlu_models.inference import version_file

FILE = "model.json"


@dataclass(frozen=True)
class ModelSettings:
    """``model.json`` of a version. ``tags`` begins with ``O``; thresholds are in [0, 1]. ``usual_energy`` is the mean
    and the standard deviation over the shop's own messages.

    ``absorbed`` are the labels (see ``nlu_models.corrections.memory.label_key``) that were corrections when the version
    was trained with them, and that it now understands by itself."""

    intents: tuple[str, ...]
    tags: tuple[str, ...]
    encoder: str
    precision: str
    max_length: int
    pad_id: int
    synonyms: dict[str, str]
    temperature: float = 1.0
    fallback_threshold: float = 0.3
    out_of_scope_threshold: float = 1.0
    usual_energy: tuple[float, float] = (0.0, 1.0)
    absorbed: tuple[str, ...] = ()

    @property
    def entities(self) -> tuple[str, ...]:
        """The names of the entities that the tags stand for, sorted."""
        return tuple(sorted({tag[2:].split("/")[0] for tag in self.tags if tag != "O"}))

    def save(self, folder: Path) -> None:
        version_file.write(self, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> ModelSettings:
        """
        Raises:
            BrokenArchive: the file is missing or is not what ``save`` writes.
        """
        return version_file.read(cls, folder / FILE)
