"""Closed loops (so many clients, each waiting for its answer) and open ones (so many messages a second)."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.serving.client import Answer, Connection, connect

SEED = 13
POOL = 512


@dataclass(frozen=True)
class Load:
    """The answers of ``seconds`` of load; the generator of an open loop sent 1 % later than by ``late_ms``."""

    answers: list[Answer]
    seconds: float
    late_ms: float = 0.0

    def times_ms(self, status: int = 200) -> list[float]:
        """How long the answers with this status took, shortest first."""
        return sorted(1000 * answer.seconds for answer in self.answers if answer.status == status)

    def per_second(self, status: int = 200) -> float:
        return sum(answer.status == status for answer in self.answers) / self.seconds


def rank(ordered: Sequence[float], share: float) -> float:
    """The value that ``share`` of them do not exceed; NaN where there are none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


async def closed(url: str, requests: Sequence[bytes], *, clients: int, seconds: float) -> Load:
    """``clients`` at once, each sending its next request when it has its answer."""
    connections, turn = await connect(url, clients), itertools.cycle(requests)
    answers: list[Answer] = []
    began = time.perf_counter()

    async def talk(number: int) -> None:
        while time.perf_counter() - began < seconds:
            answers.append(await connections[number].send(next(turn)))

    await asyncio.gather(*map(talk, range(clients)))
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return Load(answers, took)


async def opened(url: str, requests: Sequence[bytes], *, per_second: float, seconds: float) -> Load:
    """Poisson arrivals at a rate that does not care whether the service keeps up."""
    free, turn = await connect(url, POOL), itertools.cycle(requests)
    answers: list[Answer] = []
    lateness: list[float] = []

    def give_back(connection: Connection, answer: asyncio.Future[Answer]) -> None:
        answers.append(answer.result())
        free.append(connection)

    arrivals = _arrivals(per_second, seconds)
    began = time.perf_counter()
    for at in arrivals:
        while (wait := began + at - time.perf_counter()) > 0 or not free:
            await asyncio.sleep(max(wait, 0.0005))
        lateness.append(-wait)
        connection = free.pop()
        if not connection.is_open:
            (connection,) = await connect(url, 1)
        connection.send(next(turn)).add_done_callback(lambda answer, sent=connection: give_back(sent, answer))
    while len(free) < POOL:
        await asyncio.sleep(0.001)
    took = time.perf_counter() - began
    for connection in free:
        connection.close()
    return Load(answers, took, 1000 * rank(sorted(lateness), 0.99))


def _arrivals(per_second: float, seconds: float) -> list[float]:
    chance, at, times = random.Random(SEED), 0.0, []
    while (at := at + chance.expovariate(per_second)) < seconds:
        times.append(at)
    return times
