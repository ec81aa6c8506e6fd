"""Each figure compares two things that were measured in turns, seconds apart, so that a busy machine slows both."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from tests.benchmarks.serving.bare import Bare, side_by_side
from tests.benchmarks.serving.load import closed, opened, rank

CLIENTS = 32
ROUNDS = 6
OVERLOAD = 3.0
HALF_LOADS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table. ``met`` is None where there is no goal."""

    what: str
    figure: str
    goal: str = ""
    met: bool | None = None


async def lone(url: str, requests: Sequence[bytes], bares: Sequence[Bare]) -> list[Row]:
    """One client, in turns with the bare model, whose fastest session counts."""
    over, queued, ours, theirs = [], [], [], []
    for _ in range(ROUNDS):
        theirs.append(min(statistics.median(bare.times_ms(batch=1, seconds=0.5)) for bare in bares))
        load = await closed(url, requests, clients=1, seconds=1.0)
        ours.append(statistics.median(load.times_ms()))
        over.append(ours[-1] - theirs[-1])
        queued += [json.loads(answer.body)["timings_ms"]["queue"] for answer in load.answers]
    queued.sort()
    extra, wait = statistics.median(over), rank(queued, 0.5)
    return [
        Row(
            "one client, median over the bare call",
            f"{extra:.2f} ms ({statistics.median(ours):.2f} against {statistics.median(theirs):.2f})",
            "≤ 1.5 ms",
            extra <= 1.5,
        ),
        Row(
            "its messages wait for the model, median and p99",
            f"{wait:.2f} and {rank(queued, 0.99):.2f} ms",
            "none waits for a batch",
            wait < 0.5,
        ),
    ]


async def full(url: str, requests: Sequence[bytes], bare: Bare, batch: int, pid: int) -> tuple[list[Row], float]:
    """32 clients, in turns with the bare model in its best batch; and what they got, messages a second."""
    rates, shares, ours, theirs = [], [], [], []
    us, service = psutil.Process(), psutil.Process(pid)
    for _ in range(ROUNDS):
        before = _processor_s(us)
        times = bare.times_ms(batch=batch, seconds=1.5)
        theirs.append((_processor_s(us) - before) / (batch * len(times)))
        before = _processor_s(service)
        load = await closed(url, requests, clients=CLIENTS, seconds=1.5)
        ours.append((_processor_s(service) - before) / len(load.answers))
        rates.append(load.per_second())
        shares.append(rates[-1] * sum(times) / (1000 * batch * len(times)))
    share, rate = statistics.median(shares), statistics.median(rates)
    spent, needed = 1000 * statistics.median(ours), 1000 * statistics.median(theirs)
    return [
        Row(
            f"{CLIENTS} clients, messages a second, share of the bare model's (batch {batch})",
            f"{share:.0%} ({rate:.0f}/s; rounds {min(shares):.0%} to {max(shares):.0%})",
            "≥ 85 %",
            share >= 0.85,
        ),
        Row("processor time of a message, beside the bare model's", f"{spent:.2f} ms beside {needed:.2f} ms"),
    ], rate


async def full_side_by_side(url: str, requests: Sequence[bytes], bares: Sequence[Bare]) -> Row:
    """32 clients, in turns with the bare model on each core at once: all that there is to be had."""
    shares = []
    for _ in range(ROUNDS // 2):
        theirs = side_by_side(bares, seconds=0.4)
        shares.append((await closed(url, requests, clients=CLIENTS, seconds=1.5)).per_second() / theirs)
    return Row(f"the same beside the bare model on each of {len(bares)} cores", f"{statistics.median(shares):.0%}")


def _processor_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def half(url: str, requests: Sequence[bytes], capacity: float) -> list[Row]:
    """Open loop at half of what 32 clients got."""
    loads = [await opened(url, requests, per_second=capacity / 2, seconds=8.0) for _ in range(HALF_LOADS)]
    times = [load.times_ms() for load in loads]
    slowest, usual = ([rank(one, at) for one in times] for at in (0.99, 0.5))
    ratios = [one / other for one, other in zip(slowest, usual, strict=True)]
    ratio, late = statistics.median(ratios), max(load.late_ms for load in loads)
    return [
        Row(
            f"half load, p99 / median, median of {HALF_LOADS}",
            f"{ratio:.1f} ({min(ratios):.1f} to {max(ratios):.1f}; {statistics.median(slowest):.1f} / "
            f"{statistics.median(usual):.1f} ms; generator late {late:.1f} ms)",
            "≤ 3",
            ratio <= 3 and all(len(one) == len(load.answers) for one, load in zip(times, loads, strict=True)),
        )
    ]


async def overload(url: str, requests: Sequence[bytes], capacity: float) -> list[Row]:
    """Open loop at three times what 32 clients got, beside one at just that."""
    usual = await opened(url, requests, per_second=capacity, seconds=5.0)
    load = await opened(url, requests, per_second=OVERLOAD * capacity, seconds=5.0)
    accepted, refused, before = load.times_ms(), load.times_ms(503), usual.times_ms()
    told = all(answer.retry_after for answer in load.answers if answer.status == 503)
    only = len(accepted) + len(refused) == len(load.answers)
    return [
        Row(
            "3 x capacity, accepted, p50 / p99 (beside those at capacity)",
            f"{rank(accepted, 0.5):.0f} / {rank(accepted, 0.99):.0f} ms "
            f"({rank(before, 0.5):.0f} / {rank(before, 0.99):.0f} ms)",
            "p99 ≤ 1.5 x that at capacity",
            rank(accepted, 0.99) <= 1.5 * rank(before, 0.99),
        ),
        Row(
            "3 x capacity, still understood",
            f"{load.per_second() / capacity:.0%} of capacity (at capacity {usual.per_second() / capacity:.0%}); "
            f"generator late {load.late_ms:.1f} ms",
        ),
        Row(
            "3 x capacity, refused, p50 / p99 / longest",
            f"{rank(refused, 0.5):.1f} / {rank(refused, 0.99):.1f} / {rank(refused, 1):.1f} ms ({len(refused)})",
            "503 with Retry-After, p99 < 20 ms",
            only and told and rank(refused, 0.99) < 20,
        ),
    ]


async def beside_the_peer(ours: str, requests: Sequence[bytes], peer: str, peer_requests: Sequence[bytes]) -> list[Row]:
    """Both with 32 clients in turns; the peer also alone, and its better figure counts."""
    ratios, rates = [], []
    for clients in (1, CLIENTS, 1, CLIENTS):
        theirs = (await closed(peer, peer_requests, clients=clients, seconds=3.0)).per_second()
        mine = (await closed(ours, requests, clients=CLIENTS, seconds=2.0)).per_second()
        rates.append((mine, theirs))
        ratios.append(mine / theirs)
    return [
        Row(
            "messages a second beside stock Rasa's /model/parse",
            f"{min(ratios):.1f} x ({statistics.median(mine for mine, _ in rates):.0f} "
            f"against {max(theirs for _, theirs in rates):.0f})",
            "≥ 4 x",
            min(ratios) >= 4,
        )
    ]
