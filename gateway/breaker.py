"""A circuit breaker: after some failures in a row, no call is tried for a while; then one is."""

from __future__ import annotations

import time
from collections.abc import Callable


class Breaker:
    """Counts failures in a row. Open for ``cool_off_s`` (doubling up to ``max_cool_off_s``), then one probe."""

    def __init__(
        self,
        *,
        threshold: int = 5,
        cool_off_s: float = 1.0,
        max_cool_off_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold, self._first, self._max, self._clock = threshold, cool_off_s, max_cool_off_s, clock
        self._failures, self._cool_off, self._open_until = 0, cool_off_s, 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= self._threshold

    def allow(self) -> bool:
        """Whether a call may be tried now. In the open state one caller after each pause may."""
        if not self.is_open:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        self._open_until = now + self._cool_off
        return True

    def succeeded(self) -> None:
        self.reset()

    def failed(self) -> None:
        self._failures += 1
        if self._failures < self._threshold:
            return
        if self._failures > self._threshold:
            self._cool_off = min(self._cool_off * 2, self._max)
        self._open_until = self._clock() + self._cool_off

    def reset(self) -> None:
        """Closes the breaker: a call worked, or there is another bot to call."""
        self._failures = 0
        self._cool_off = self._first
        self._open_until = 0.0
