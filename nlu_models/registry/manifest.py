"""The manifest of a version: what it is, and the checksum of every file that it consists of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from contract.nlu import ModelInfo
from contract.wire import BrokenArchive, InvalidInput, dumps, from_json

FILE = "manifest.json"
PINS = "pins.json"
HASH_DIGITS = 12
_NOT_HASHED = (FILE, PINS)


@dataclass(frozen=True)
class Manifest:
    """``files`` maps each file's name to its SHA-256; ``version`` ends with digits of the hash over them all."""

    version: str
    created_at: str
    fingerprint: str
    encoder: str
    intents: tuple[str, ...]
    entities: tuple[str, ...]
    metrics: dict[str, float]
    size_bytes: int
    files: dict[str, str]

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(dumps(self) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """
        Raises:
            BrokenArchive: there is none, or it is not of this form.
        """
        try:
            return from_json(cls, json.loads((folder / FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, InvalidInput) as error:
            raise BrokenArchive(f"The manifest of model {folder.name} cannot be read ({error}). {REMEDY}") from error

    @property
    def info(self) -> ModelInfo:
        """What the service tells about the version."""
        return ModelInfo(
            version=self.version,
            created_at=self.created_at,
            fingerprint=self.fingerprint,
            encoder=self.encoder,
            intents=self.intents,
            entities=self.entities,
            metrics=self.metrics,
            size_bytes=self.size_bytes,
        )


REMEDY = "Delete this version and train again; the same data give an equal model."


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 by name of the files in ``folder``, without manifest and pins."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name not in _NOT_HASHED and path.is_file():
            with path.open("rb") as file:
                found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def content_hash(files: dict[str, str]) -> str:
    """Twelve hex digits that stand for the contents of all files."""
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(files.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]


def verify(folder: Path) -> Manifest:
    """The manifest of ``folder``, once every file is what it was when the version was published.

    The version's own name holds the hash of the contents: who pins a version pins what is in it.

    Raises:
        BrokenArchive: a file is missing, was changed or added; the sentence names it.
    """
    manifest = Manifest.load(folder)
    found = checksums(folder)
    for name in sorted(found.keys() | manifest.files.keys()):
        if found.get(name) != manifest.files.get(name):
            what = "is missing" if name not in found else "was changed" if name in manifest.files else "was added"
            raise BrokenArchive(f"Model {folder.name} is broken: {name} {what} after it was published. {REMEDY}")
    if not folder.name == manifest.version or not manifest.version.endswith(content_hash(found)):
        raise BrokenArchive(f"Model {folder.name} is broken: its contents are those of another version. {REMEDY}")
    return manifest
