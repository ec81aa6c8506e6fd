"""The encoder's vectors of product texts, kept in a file and made in a process of its own."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np

from actions.recommender.models import Vector
from actions.recommender.texts import ProductText, digest
from contract.settings import ROOT
from contract.wire import Unavailable

logger = logging.getLogger(__name__)
TIMEOUT_S = 600


class VectorStore:
    """Vectors of one encoder, in ``folder``: one file per state of the catalogue, the newest is kept."""

    def __init__(self, folder: Path, encoder: str) -> None:
        self._folder, self._encoder = folder, encoder
        self._running: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def load(self, texts: Sequence[ProductText]) -> Vector | None:
        """Shape (texts, width), in their order; None where they have not been made yet."""
        path = self._path(texts)
        if not texts or not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as stored:
                row = {name: number for number, name in enumerate(stored["ids"].tolist())}
                return np.asarray(stored["vectors"][[row[text.product_id] for text in texts]], dtype=np.float32)
        except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile):
            logger.warning("%s cannot be read; the vectors of the products are made again.", path.name)
            path.unlink(missing_ok=True)
            return None

    def make(self, texts: Sequence[ProductText]) -> None:
        """Encodes the texts in a process of its own (about 10 s for a small shop) and keeps the vectors.

        Raises:
            Unavailable: the encoder did not load or did not finish; the sentence holds its last words.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._path(texts)
        with self._lock, tempfile.TemporaryDirectory(dir=self._folder) as work:
            job, result = Path(work) / "texts.json", Path(work) / "vectors.npz"
            job.write_text(json.dumps(self._job(texts)), encoding="utf-8")
            self._run(job, result)
            result.replace(target)
        for old in self._folder.glob("vectors-*.npz"):
            if old != target:
                old.unlink(missing_ok=True)

    def close(self) -> None:
        """Ends an encoding that is under way."""
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()

    def _run(self, job: Path, result: Path) -> None:
        last = f"it took longer than {TIMEOUT_S} s"
        with (job.parent / "errors.txt").open("w+b") as errors, self._start(job, result, errors) as running:
            try:
                running.wait(TIMEOUT_S)
                errors.seek(0)
                last = (errors.read().decode(errors="replace").strip().splitlines() or ["nothing"])[-1][:300]
            except subprocess.TimeoutExpired:
                running.kill()
        if running.returncode != 0 or not result.is_file():
            raise Unavailable(
                f"The encoder {self._encoder!r} could not read the products (it said: {last}): recommendations go on "
                "without the meaning of texts. Check SHOPCLERK_ENCODER."
            )

    def _start(self, job: Path, result: Path, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        """The pipe to its standard input stays open as long as we live: the encoding ends with us."""
        self._running = subprocess.Popen(
            [sys.executable, "-m", "actions.recommender.embed", str(job), str(result)],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        return self._running

    def _job(self, texts: Sequence[ProductText]) -> dict[str, object]:
        return {
            "encoder": self._encoder,
            "ids": [text.product_id for text in texts],
            "texts": [text.text for text in texts],
        }

    def _path(self, texts: Sequence[ProductText]) -> Path:
        return self._folder / f"vectors-{digest(texts, self._encoder)}.npz"
