"""The model alone: ``InferenceSession.run`` on ids that are ready, on all of the service's cores or on each of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from nlu_models.inference.engine import INPUTS, SPINNING_US, session_options

BATCHES = (1, 2, 4, 8, 16, 32, 64)


class Bare:
    """A session of our own."""

    def __init__(
        self, model: Path, ids: list[list[int]], *, threads: int | None = None, spinning_us: int | None = SPINNING_US
    ) -> None:
        """
        Args:
            threads: by default as many as the service has cores.
            spinning_us: by default as the service has it, None as ONNX Runtime has it.
        """
        options = session_options(threads, spinning_us=spinning_us)
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._ids = np.array(ids, dtype=np.int64)

    def times_ms(self, *, batch: int, seconds: float) -> list[float]:
        """Milliseconds of each call with ``batch`` rows, shortest first."""
        feed = self._feed(batch)
        self._session.run(None, feed)
        times: list[float] = []
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            self._session.run(None, feed)
            times.append(1000 * (time.perf_counter() - began))
        return sorted(times)

    def per_second(self, *, batch: int, seconds: float) -> float:
        """Messages a second, called with ``batch`` rows again and again."""
        times = self.times_ms(batch=batch, seconds=seconds)
        return 1000 * batch * len(times) / sum(times)

    def _feed(self, batch: int) -> dict[str, NDArray[np.int64]]:
        rows = np.resize(self._ids, (batch, self._ids.shape[1]))
        return dict(zip(INPUTS, (rows, np.ones_like(rows)), strict=True))


def side_by_side(bares: Sequence[Bare], *, seconds: float) -> float:
    """Messages a second of all sessions together, each called by a thread of its own in batches of the best size."""

    def together(batch: int) -> float:
        with ThreadPoolExecutor(len(bares)) as pool:
            return sum(pool.map(lambda bare: bare.per_second(batch=batch, seconds=seconds), bares))

    return max(map(together, BATCHES))


def best(bares: list[Bare], *, seconds: float) -> tuple[Bare, int]:
    """Which session with which batch understands most messages a second."""
    return max(
        ((bare, batch) for bare in bares for batch in BATCHES),
        key=lambda pair: pair[0].per_second(batch=pair[1], seconds=seconds),
    )
