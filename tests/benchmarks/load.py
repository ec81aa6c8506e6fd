"""Many shoppers at once, each saying one message after the other, and how long each answer took."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

# What a shopper says, none of it an order number: both systems answer every line.
MESSAGES = (
    "hello there",
    "what payment methods do you take?",
    "do you have hiking boots under 150 dollars",
    "how long does delivery take?",
    "can you recommend something for my sister's birthday",
    "whats your refund policy",
    "when are you open on saturdays",
    "thanks a lot!",
)

Say = Callable[[str], Awaitable[bool]]
Connect = Callable[[], Awaitable[Say]]


@dataclass(frozen=True)
class Figures:
    """Latencies in milliseconds. ``lost`` are messages without an answer."""

    shoppers: int
    messages: int
    median: float
    p95: float
    p99: float
    lost: int
    per_second: float

    @classmethod
    def of(cls, shoppers: int, seconds: list[float], answered: int, duration: float) -> Figures:
        ordered = sorted(second * 1000 for second in seconds)
        rank = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))]  # noqa: E731
        return cls(
            shoppers,
            len(ordered),
            statistics.median(ordered),
            rank(0.95),
            rank(0.99),
            len(ordered) - answered,
            len(ordered) / duration,
        )


async def measure(connect: Connect, *, shoppers: int, rounds: int) -> Figures:
    """``rounds`` times all ``MESSAGES`` by each of ``shoppers``, all at once. Connections are not timed."""
    says = [await connect() for _ in range(shoppers)]
    began = time.perf_counter()
    rows = await asyncio.gather(*(_talk(say, rounds, offset) for offset, say in enumerate(says)))
    duration = time.perf_counter() - began
    times = [seconds for row in rows for seconds, _ in row]
    return Figures.of(shoppers, times, sum(ok for row in rows for _, ok in row), duration)


async def _talk(say: Say, rounds: int, offset: int) -> list[tuple[float, bool]]:
    """Each shopper begins with another message, so that not all say the same at once."""
    rows = []
    for number in range(rounds * len(MESSAGES)):
        began = time.perf_counter()
        ok = await say(MESSAGES[(number + offset) % len(MESSAGES)])
        rows.append((time.perf_counter() - began, ok))
    return rows
