"""The signed page beside an archive. An archive names Python classes to load, so only our own are loaded.

``20260101-120000-name.tar.gz`` has its manifest in ``20260101-120000-name.tar.gz.manifest.json``, signed with
HMAC-SHA256 under the installation's secret key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from bot.archives.pinned import read_pinned
from contract.wire import BrokenArchive, InvalidInput, NotFound, from_json, to_json

SUFFIX = ".manifest.json"
_PURPOSE = b"shopclerk archive manifest\0"


@dataclass(frozen=True)
class Manifest:
    """``metrics`` are those of the transformer version on its test set."""

    archive: str
    sha256: str
    model_version: str
    created_at: str
    metrics: dict[str, float] = field(default_factory=dict)
    signature: str = ""


def seal(archive: Path, *, key: str) -> Manifest:
    """Writes the manifest of an archive that was just made here.

    Raises:
        BrokenArchive: it names no transformer version.
    """
    pinned = read_pinned(archive)
    manifest = Manifest(
        archive=archive.name,
        sha256=sha256(archive),
        model_version=pinned.version,
        created_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        metrics=pinned.metrics,
    )
    manifest = replace(manifest, signature=_signature(manifest, key))
    path = manifest_path(archive)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(to_json(manifest), indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    return manifest


def check(archive: Path, *, key: str) -> Manifest:
    """The manifest of ``archive``, if we signed it and the archive is still what it was.

    Raises:
        NotFound: there is no such archive.
        BrokenArchive: no manifest, not our signature, or another content.
    """
    if not archive.is_file():
        raise NotFound(f"There is no archive {archive.name} in {archive.parent}.")
    manifest = read_manifest(archive)
    if not hmac.compare_digest(manifest.signature, _signature(manifest, key)):
        raise BrokenArchive(f"The manifest of {archive.name} is not signed by this installation; it is not loaded.")
    if manifest.archive != archive.name or manifest.sha256 != sha256(archive):
        raise BrokenArchive(f"{archive.name} is not what was signed: it was changed after the training. Train again.")
    return manifest


def read_manifest(archive: Path) -> Manifest:
    """The manifest as it stands there, its signature not checked.

    Raises:
        BrokenArchive: there is none, or it cannot be read.
    """
    path = manifest_path(archive)
    if not path.is_file():
        raise BrokenArchive(
            f"{archive.name} has no signed manifest. Train it here, or sign it with `python -m bot.archives {archive}`."
        )
    try:
        return from_json(Manifest, json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, InvalidInput) as error:
        raise BrokenArchive(f"The manifest {path.name} cannot be read: {error}") from error


def manifest_path(archive: Path) -> Path:
    return archive.with_name(archive.name + SUFFIX)


def sha256(path: Path) -> str:
    """Hash of a file's content, as hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            digest.update(block)
    return digest.hexdigest()


def _signature(manifest: Manifest, key: str) -> str:
    body = json.dumps(to_json(replace(manifest, signature="")), sort_keys=True).encode()
    return hmac.new(key.encode(), _PURPOSE + body, hashlib.sha256).hexdigest()
