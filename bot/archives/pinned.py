"""The transformer version that an archive was made with, read without unpacking the archive."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from contract.wire import BrokenArchive, InvalidInput, from_json

VERSION_FILE = "transformer_version.json"
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True)
class PinnedVersion:
    """``metrics`` are those of the version's own test report."""

    version: str
    fingerprint: str
    metrics: dict[str, float] = field(default_factory=dict)


def read_pinned(archive: Path) -> PinnedVersion:
    """The version that ``archive`` names.

    Raises:
        BrokenArchive: it is no archive, or names none.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if member.isfile() and Path(member.name).name == VERSION_FILE and member.size <= MAX_BYTES:
                    content = tar.extractfile(member)
                    assert content is not None
                    return from_json(PinnedVersion, json.loads(content.read()))
    except (tarfile.TarError, OSError, EOFError, ValueError, InvalidInput) as error:
        raise BrokenArchive(f"{archive.name} cannot be read as a Rasa archive: {error}") from error
    raise BrokenArchive(f"{archive.name} names no transformer version: train it with the pipeline of bot/config.yml.")
