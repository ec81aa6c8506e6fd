"""Model versions as folders below one root: published at once or not at all, pinned, deleted."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import threading
import time
import uuid
from pathlib import Path

from contract.nlu import ModelInfo
from contract.wire import BrokenArchive, Conflict, InvalidInput, NotFound
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.registry.manifest import PINS, Manifest, checksums, content_hash, verify

FOLDER = "nlu_models"
ABANDONED_S = 24 * 3600.0
_STAGING = ".staging"
_VERSION = re.compile(r"\d{8}T\d{6}(?:\d{3})?-[0-9a-f]{12}")
_ARCHIVE = re.compile(r"[\w.+-]{1,200}")


class Registry:
    """The versions below ``root``, which is made at the first publication. Thread-safe."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()

    def versions(self) -> list[str]:
        """The names of all versions, newest first. Broken ones count until they are deleted."""
        if not self.root.is_dir():
            return []
        return sorted((path.name for path in self.root.iterdir() if _VERSION.fullmatch(path.name)), reverse=True)

    def infos(self) -> list[ModelInfo]:
        """All versions whose manifest can be read, newest first."""
        found = []
        for version in self.versions():
            try:
                found.append(Manifest.load(self.root / version).info)
            except BrokenArchive:
                continue
        return found

    def info(self, version: str) -> ModelInfo:
        """
        Raises:
            NotFound: there is no such version.
            BrokenArchive: its manifest cannot be read.
        """
        return Manifest.load(self.folder(version)).info

    def folder(self, version: str) -> Path:
        """Where the version's files are.

        Raises:
            NotFound: there is no such version.
        """
        path = self.root / version
        if not _VERSION.fullmatch(version) or not path.is_dir():
            raise NotFound(f"There is no model version {version[:80]!r}; GET /v1/models lists those that exist.")
        return path

    def verified(self, version: str) -> Path:
        """The version's folder, once all its checksums hold.

        Raises:
            NotFound: there is no such version.
            BrokenArchive: a file was changed.
        """
        path = self.folder(version)
        verify(path)
        return path

    def find(self, fingerprint: str) -> ModelInfo | None:
        """The newest whole version that was made from this data with these settings."""
        for info in self.infos():
            if info.fingerprint == fingerprint and _is_whole(self.root / info.version):
                return info
        return None

    def stage(self) -> Path:
        """A new empty folder on the same disk, to be filled and published."""
        path = self.root / _STAGING / f"{os.getpid()}-{uuid.uuid4().hex}"
        path.mkdir(parents=True)
        return path

    def publish(self, staged: Path, *, fingerprint: str, metrics: dict[str, float]) -> ModelInfo:
        """Turn a staged folder into a version, in one step."""
        settings = ModelSettings.load(staged)
        files = checksums(staged)
        now = dt.datetime.now(dt.UTC)
        version = f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}-{content_hash(files)}"
        manifest = Manifest(
            version=version,
            created_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            fingerprint=fingerprint,
            encoder=settings.encoder,
            intents=settings.intents,
            entities=settings.entities,
            metrics=metrics,
            size_bytes=sum((staged / name).stat().st_size for name in files),
            files=files,
        )
        manifest.save(staged)
        staged.rename(self.root / version)
        return manifest.info

    def discard(self, staged: Path) -> None:
        """Remove a staged folder that was not published."""
        shutil.rmtree(staged, ignore_errors=True)

    def discard_all_of(self, process: int) -> None:
        """Remove what a process that has ended left staged."""
        for path in (self.root / _STAGING).glob(f"{process}-*"):
            self.discard(path)

    def sweep(self) -> None:
        """Remove what trainings that were cut off left behind more than a day ago."""
        staging = self.root / _STAGING
        for path in staging.iterdir() if staging.is_dir() else ():
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(path, ignore_errors=True)

    def pins(self, version: str) -> list[str]:
        """The Rasa archives that need the version, sorted."""
        path = self.folder(version) / PINS
        return sorted(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []

    def pin(self, version: str, archive: str) -> ModelInfo:
        """Keep the version as long as ``archive`` needs it. Twice is the same as once."""
        if not _ARCHIVE.fullmatch(archive):
            raise InvalidInput(
                f"{archive[:80]!r} is no file name of an archive; write one such as 20260101-120000.tar.gz."
            )
        with self._lock:
            self._write_pins(version, {*self.pins(version), archive})
        return self.info(version)

    def unpin(self, version: str, archive: str) -> None:
        """``archive`` does not need the version any more, or never did."""
        with self._lock:
            pins = set(self.pins(version))
            if archive in pins:
                self._write_pins(version, pins - {archive})

    def delete(self, version: str) -> None:
        """Remove a version.

        Raises:
            NotFound: there is no such version.
            Conflict: an archive pins it.
        """
        with self._lock:
            pins = self.pins(version)
            if pins:
                raise Conflict(f"Model {version} is needed by {', '.join(pins[:3])}: delete the archive first.")
            trash = self.stage()
            self.folder(version).rename(trash / version)
        shutil.rmtree(trash, ignore_errors=True)

    def _write_pins(self, version: str, pins: set[str]) -> None:
        draft = self.stage() / PINS  # not beside the version's files: one that is left there would break it
        draft.write_text(json.dumps(sorted(pins)), encoding="utf-8")
        draft.replace(self.folder(version) / PINS)
        draft.parent.rmdir()


def _is_whole(folder: Path) -> bool:
    try:
        verify(folder)
    except BrokenArchive:
        return False
    return True
