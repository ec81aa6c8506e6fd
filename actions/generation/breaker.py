"""Leaves a service alone for a while after it has failed several times in a row."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 3
REST_S = 60.0


class Breaker:
    """Threads may share one."""

    def __init__(
        self, *, failures: int = FAILURES, rest_s: float = REST_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._rest_s, self._clock = failures, rest_s, clock
        self._failed, self._until = 0, float("-inf")
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether nothing is to be asked now. After the rest it is tried again; one more failure is the next rest."""
        with self._lock:
            return self._clock() < self._until

    def note(self, *, failed: bool) -> bool:
        """Counts an attempt; True where this one begins a rest."""
        with self._lock:
            self._failed = self._failed + 1 if failed else 0
            begins = self._failed >= self._most and self._clock() >= self._until
            if begins:
                self._until = self._clock() + self._rest_s
            return begins
