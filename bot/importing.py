"""Where `rasa train` finds everything, whatever folder it is started in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter

from bot.settings_access import without_secret

BOT = Path(__file__).resolve().parent
TRAINING_FOLDERS = ("nlu", "rules", "stories")
NEVER_TRAINED_ON = ("evaluation", "knowledge")


class ProjectImporter(RasaFileImporter):
    """Rasa's file importer, for which a path that does not exist means this project's own.

    So a bare `rasa train` reads ``bot/domain/`` and the folders nlu, rules and stories of ``data_dir``;
    `--domain` and `--data` still name others. Files of an evaluation folder are never training data.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        **_: Any,
    ) -> None:
        from bot.training import finetuning  # with it comes TensorFlow, which only a training needs

        finetuning.install()  # Rasa makes the importer before the training graph
        folders = _data(training_data_paths)
        super().__init__(config_file, _domain(domain_path), folders)
        self._nlu_files = [path for path in self._nlu_files if _is_for_training(path, folders)]
        self._story_files = [path for path in self._story_files if _is_for_training(path, folders)]


def _domain(path: str | None) -> str:
    return path if path and Path(path).exists() else str(BOT / "domain")


def _data(paths: list[str] | str | None) -> list[str]:
    given = [paths] if isinstance(paths, str) else list(paths or [])
    found = [path for path in given if path and Path(path).exists()]
    data = Path(without_secret().data_dir)
    return found or [str(data / name) for name in TRAINING_FOLDERS if (data / name).exists()]


def _is_for_training(path: str, folders: list[str]) -> bool:
    """The folders above those that were named may have any name."""
    file = Path(path).resolve()
    roots = [Path(folder).resolve().parent for folder in folders]
    below = [file.relative_to(root).parts for root in roots if root in file.parents]
    return not any(set(NEVER_TRAINED_ON) & set(parts) for parts in below)
