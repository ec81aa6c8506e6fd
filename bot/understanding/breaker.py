"""A circuit breaker: after some failures in a row, stop asking for a while."""

from __future__ import annotations

import time
from collections.abc import Callable


class CircuitBreaker:
    """Closed until ``failures`` calls in a row have failed; then open for ``pause_s``, then one call may try."""

    def __init__(self, *, failures: int = 5, pause_s: float = 3.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._pause_s, self._clock = failures, pause_s, clock
        self._failed = 0
        self._opened_at: float | None = None
        self._is_trying = False

    @property
    def state(self) -> str:
        """``closed``, ``open`` or ``half_open``."""
        if self._opened_at is None:
            return "closed"
        return "half_open" if self._clock() - self._opened_at >= self._pause_s else "open"

    def allows(self) -> bool:
        """Whether a call may be made now. Who gets True must report ``succeeded`` or ``failed``."""
        if self.state == "closed":
            return True
        if self.state == "open" or self._is_trying:
            return False
        self._is_trying = True
        return True

    def succeeded(self) -> None:
        self._failed, self._opened_at, self._is_trying = 0, None, False

    def failed(self) -> None:
        self._failed += 1
        self._is_trying = False
        if self._opened_at is not None or self._failed >= self._limit:
            self._opened_at = self._clock()
