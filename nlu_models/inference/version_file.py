"""What a version's folder holds beside its weights: a dataclass as JSON, a table of numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

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


def write_table(values: NDArray[np.float32], path: Path) -> None:
    """Writes numbers in rows and columns."""
    np.save(path, values, allow_pickle=False)


def read_table(path: Path, shape: tuple[int, int]) -> NDArray[np.float32]:
    """
    Raises:
        BrokenArchive: the file is missing or is not what ``write_table`` writes for so many rows and columns.
    """
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BrokenArchive(f"{path} cannot be read ({error}): train again.") from error
    if values.dtype != np.float32 or values.shape != shape or not np.isfinite(values).all():
        raise BrokenArchive(f"{path} does not fit the version's labels: train again.")
    return np.asarray(values)
