"""Which texts a version was trained with, as digests: nobody can read them out of the version."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from contract.wire import BrokenArchive
from nlu_models.inference.likeness import digest

FILE = "known_texts.npy"


def save(folder: Path, normal_forms: Iterable[str]) -> None:
    """Write the digests of the normal forms into a version's folder."""
    found = sorted({digest(form) for form in normal_forms})
    np.save(folder / FILE, np.array(found, dtype=np.uint64), allow_pickle=False)


def load(folder: Path) -> frozenset[int]:
    """The digests.

    Raises:
        BrokenArchive: the file is missing or is not what ``save`` writes.
    """
    try:
        return frozenset(np.load(folder / FILE, allow_pickle=False).tolist())
    except (OSError, ValueError, EOFError) as error:
        raise BrokenArchive(f"{folder / FILE} cannot be read ({error}): train again.") from error
