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
EARLY, LATE, LENGTH = slice(5, 15), slice(195, 205), 205
GOAL = 1.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=3)
    count = parser.parse_args().conversations
    with tempfile.TemporaryDirectory(prefix="shopclerk-bench-") as folder:
        system = System.prepare(Path(folder) / "ours", MESSAGES_PER_MINUTE="100000").start()
        try:
            address = f"http://127.0.0.1:{system.settings.gateway_port}"
            times = [_conversation(Shopper(address)) for _ in range(count)]
        finally:
            system.stop()
    early = statistics.median(ms for row in times for ms in row[EARLY])
    late = statistics.median(ms for row in times for ms in row[LATE])
    print(f"Medians: messages 6 to 15 {early:.1f} ms, 196 to 205 {late:.1f} ms: {late / early:.2f} times, goal {GOAL}.")
    results.save("long-conversations", early_ms=early, late_ms=late, ratio=late / early, milliseconds=times)


def _conversation(shopper: Shopper) -> list[float]:
    """Milliseconds of each message. The same five again and again, so that early and late ones are the same."""
    found = []
    for text in islice(cycle(SAID), LENGTH):
        began = time.perf_counter()
        shopper.say(text)
        found.append((time.perf_counter() - began) * 1000)
    return found


if __name__ == "__main__":
    main()
