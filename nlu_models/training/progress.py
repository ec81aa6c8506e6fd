"""The files of a training job: what it is to do, how far it is, and what came out."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from contract.nlu import TrainRequest
from contract.wire import dumps, from_json

REQUEST, PROGRESS, LOG = "request.json", "progress.json", "log.txt"
UNWRITTEN = 28  # exit status of a training whose last progress the disk had no space for
LEAST_GAP_S = 0.3


@dataclass(frozen=True)
class Order:
    """``request.json``: what to train, and where the version goes. ``registry`` is the root's path."""

    request: TrainRequest
    fingerprint: str
    registry: str


@dataclass(frozen=True)
class Progress:
    """``progress.json``. ``state`` is running, succeeded or failed; ``progress`` is in [0, 1]."""

    state: str
    progress: float
    stage: str
    version: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    error: str | None = None
    error_type: str | None = None


def write_order(folder: Path, order: Order) -> None:
    """Write the order of a new job into its folder."""
    _write(folder / REQUEST, dumps(order))


def read_order(folder: Path) -> Order:
    """The order of a job."""
    return from_json(Order, json.loads((folder / REQUEST).read_text(encoding="utf-8")))


def write_progress(folder: Path, progress: Progress) -> None:
    """Replace the job's progress in one step."""
    _write(folder / PROGRESS, dumps(progress))


def read_progress(folder: Path) -> Progress | None:
    """How far the job is; None before it began."""
    path = folder / PROGRESS
    return from_json(Progress, json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


class Reporter:
    """Writes how far a job is, a few times a second at most."""

    def __init__(self, folder: Path | None) -> None:
        """``folder`` None reports to nobody."""
        self._folder, self._last, self._stage = folder, 0.0, ""

    def __call__(self, progress: float, stage: str) -> None:
        now = time.monotonic()
        if self._folder is not None and (stage != self._stage or now - self._last >= LEAST_GAP_S):
            self._last, self._stage = now, stage
            write_progress(self._folder, Progress("running", round(min(max(progress, 0.0), 1.0), 4), stage))


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
