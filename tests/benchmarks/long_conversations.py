"""What the 200th message of a conversation costs beside its 10th, over the real programs: one shopper at a time.

``python -m tests.benchmarks.long_conversations [--conversations N]``
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from tests.benchmarks import results
from tests.e2e.shopper import Shopper
from tests.e2e.system import System

SAID = (
    "what is your refund policy?",
    "where is my order #W0411862?",
    "97205",
    "do you have running shoes under $120?",
    "how long does delivery take?",
)
FIRST, LATER, MEASURED = 5, 195, 10
GOAL = 1.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=3)
    count = parser.parse_args().conversations
    with tempfile.TemporaryDirectory(prefix="shopclerk-bench-") as folder:
        system = System.prepare(Path(folder) / "ours", MESSAGES_PER_MINUTE="100000").start()
        try:
            address = f"http://127.0.0.1:{system.settings.gateway_port}"
            pairs = [pair for _ in range(count) for pair in _pairs(address)]
        finally:
            system.stop()
    early, late = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(late / early for early, late in pairs)
    print(
        f"Medians: messages 6 to 15 {early:.1f} ms, 196 to 205 {late:.1f} ms; of pairs {ratio:.2f} times, goal {GOAL}."
    )
    results.save("long-conversations", early_ms=early, late_ms=late, ratio=ratio, milliseconds=pairs)


def _pairs(address: str) -> list[tuple[float, float]]:
    """Milliseconds of the same message early in one conversation and late in another, one right after the other."""
    young, old = Shopper(address), Shopper(address)
    for text in islice(cycle(SAID), FIRST):
        young.say(text)
    for text in islice(cycle(SAID), LATER):
        old.say(text)
    return [(_milliseconds(young, text), _milliseconds(old, text)) for text in islice(cycle(SAID), MEASURED)]


def _milliseconds(shopper: Shopper, text: str) -> float:
    began = time.perf_counter()
    shopper.say(text)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
