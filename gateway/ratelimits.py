"""Rate limits in memory: a bucket of tokens per key, refilled evenly, with a bound on the keys kept."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from contract.wire import TooMany

MAX_KEYS = 50_000


class RateLimit:
    """At most ``per_minute`` at once and per minute for each key."""

    def __init__(self, per_minute: int, *, sentence: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._rate, self._sentence, self._clock = float(per_minute), per_minute / 60, sentence, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, key: str, *, cost: float = 1.0) -> None:
        """Takes ``cost`` tokens (0: only look whether one is left).

        Raises:
            TooMany: none is left; ``retry_after`` says in how many seconds there is one.
        """
        now = self._clock()
        tokens, at = self._buckets.pop(key, (self._size, now))
        tokens = min(self._size, tokens + (now - at) * self._rate)
        enough = tokens >= max(cost, 1.0)
        self._buckets[key] = (tokens - cost if enough else tokens, now)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        if not enough:
            raise TooMany(self._sentence, retry_after=math.ceil((1 - tokens) / self._rate))
