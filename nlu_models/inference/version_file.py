"""A dataclass as a JSON file of a version's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from contract.wire import BrokenArchive, InvalidInput, dumps, from_json

T = TypeVar("T")


def write(value: Any, path: Path) -> None:
    """Writes the dataclass ``value``."""
    path.write_text(dumps(value), encoding="utf-8")


def read(kind: type[T], path: Path) -> T:
    """
    Raises:
        BrokenArchive: the file is missing or is not what ``write`` writes.
    """
    try:
        return from_json(kind, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, InvalidInput) as error:
        raise BrokenArchive(f"{path} cannot be read ({error}): train again.") from error
