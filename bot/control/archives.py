"""The archives of this installation, and which of them serves."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from bot.archives.manifest import check, read_manifest
from contract.deployment import ArchiveInfo
from contract.wire import BrokenArchive, InvalidInput, NotFound, ShopclerkError, dumps, from_json

STATE_FILE = "active.json"


@dataclass(frozen=True)
class Choice:
    """What ``active.json`` holds: archive file names."""

    active: str | None = None
    previous: str | None = None


class ArchiveStore:
    """The folder ``archives_dir``."""

    def __init__(self, folder: Path, *, key: str) -> None:
        self._folder, self._key = folder, key

    def find(self, name: str) -> Path:
        """The archive ``name``, its signature checked.

        Raises:
            NotFound, BrokenArchive
        """
        if Path(name).name != name or not name.endswith(".tar.gz"):
            raise NotFound(f"There is no archive {name!r}.")
        archive = self._folder / name
        check(archive, key=self._key)
        return archive

    def info(self, name: str) -> ArchiveInfo:
        """What is known about an archive; the model version is empty where it has no manifest."""
        archive = self._folder / name
        written_at, size = _written(archive)
        try:
            manifest = read_manifest(archive)
            version, created_at = manifest.model_version, manifest.created_at
        except BrokenArchive:
            version, created_at = "", written_at
        is_active = name == self.choice().active
        return ArchiveInfo(name, version, created_at, size, is_active)

    def list(self) -> list[ArchiveInfo]:
        """All archives, newest first."""
        found = [self.info(path.name) for path in self._folder.glob("*.tar.gz")]
        return sorted(found, key=lambda info: (info.created_at, info.name), reverse=True)

    def to_serve(self) -> Path:
        """The archive to begin with: the chosen one, else the one before it, else the newest that is ours.

        Raises:
            NotFound: there is none.
        """
        choice = self.choice()
        return self._first_whole([choice.active, choice.previous, *(info.name for info in self.list())])

    def newest(self) -> Path:
        """The newest archive that is ours.

        Raises:
            NotFound: there is none.
        """
        return self._first_whole([info.name for info in self.list()])

    def choice(self) -> Choice:
        try:
            return from_json(Choice, json.loads((self._folder / STATE_FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, InvalidInput):
            return Choice()

    def activate(self, name: str) -> None:
        """Serve ``name`` from now on; what served before is where a roll back goes."""
        active = self.choice().active
        self.choose(Choice(active=name, previous=active if active != name else self.choice().previous))

    def choose(self, choice: Choice) -> None:
        """Remembers what serves, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f".{STATE_FILE}.part"
        with part.open("w", encoding="utf-8") as file:
            file.write(dumps(choice) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / STATE_FILE)

    def _first_whole(self, names: Sequence[str | None]) -> Path:
        problem: ShopclerkError | None = None
        for name in dict.fromkeys(name for name in names if name):
            try:
                return self.find(name)
            except ShopclerkError as error:
                problem = problem or error
        why = f" {problem.message}" if problem else ""
        raise NotFound(f"There is no whole archive in {self._folder}: train one with `make train`.{why}")


def _written(archive: Path) -> tuple[str, int]:
    """When, and how many bytes; nothing where it was deleted, even while it serves."""
    try:
        found = archive.stat()
    except FileNotFoundError:
        return "", 0
    return datetime.fromtimestamp(found.st_mtime, timezone.utc).isoformat(timespec="seconds"), found.st_size
