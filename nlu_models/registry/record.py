"""What a version was trained on and with: proof of its data, and how a later training finds what is new."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.nlu import Example
from contract.wire import dumps
from nlu_models.inference import version_file

FILE = "training.json"
DIGEST_DIGITS = 16


@dataclass(frozen=True)
class TrainingRecord:
    """``training.json`` of a version.

    ``examples`` are the sorted digests of the training examples, ``data`` is the SHA-256 over them; ``encoder`` is the
    encoder's digest, ``base`` the version whose weights the training began with (None: those of the encoder).
    """

    data: str
    encoder: str
    arguments: dict[str, Any]
    examples: tuple[str, ...]
    base: str | None = None

    def save(self, folder: Path) -> None:
        version_file.write(self, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> TrainingRecord:
        """
        Raises:
            BrokenArchive: the file is missing or is not what ``save`` writes.
        """
        return version_file.read(cls, folder / FILE)


def example_digest(example: Example) -> str:
    """What the example teaches, in sixteen hex digits; where it stands does not count."""
    text = dumps(dataclasses.replace(example, source=None))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_DIGITS]


def data_digest(digests: Iterable[str]) -> str:
    """SHA-256 over the examples' digests, in any order."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
