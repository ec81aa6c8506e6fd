"""What a training has reached after each epoch, so that one that was killed goes on instead of beginning again."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

import torch

log = logging.getLogger(__name__)
FOLDER = ".checkpoints"
ABANDONED_S = 7 * 24 * 3600.0


class Checkpoint:
    """One file for one fingerprint: the same data, options, encoder and code, so what is in it fits."""

    def __init__(self, root: Path, fingerprint: str) -> None:
        """
        Args:
            root: the registry's; the file is made with the first ``save``.
        """
        self._path = root / FOLDER / f"{fingerprint}.pt"

    def of(self, number: int) -> Checkpoint:
        """That of one of several trainings that make a version together, counted from 0; the first one's is this."""
        return self if not number else Checkpoint(self._path.parent.parent, f"{self._path.stem}.{number}")

    def load(self) -> dict[str, Any] | None:
        """What ``save`` wrote, on the CPU; None where there is nothing, or nothing that can be read.

        Only tensors and plain values are read: a file that somebody put there can run no code.
        """
        try:
            state: dict[str, Any] = torch.load(self._path, map_location="cpu", weights_only=True)
        except FileNotFoundError:
            return None
        except Exception as error:  # torch raises many kinds for what is no checkpoint
            log.warning("%s cannot be read (%s): the training begins again", self._path, error)
            return None
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Replace the former state in one step: a file that is there is whole. A full disk costs only the resuming."""
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(state, draft)
            draft.replace(self._path)
        except (OSError, RuntimeError) as error:  # torch's writer raises the latter
            log.warning("%s cannot be written (%s): a killed training would begin again", self._path, error)
            draft.unlink(missing_ok=True)

    def remove(self) -> None:
        """The training is done; also forget those of trainings that nobody took up for a week."""
        for path in (self._path, *self._path.parent.glob(f"{self._path.stem}.*.pt")):
            path.unlink(missing_ok=True)
        for path in self._path.parent.glob("*.pt*"):
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                path.unlink(missing_ok=True)
