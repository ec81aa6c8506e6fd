"""One whole recommendation for one shopper out of a SQLite database with 12,101 products, from history to reasons.

``python -m tests.benchmarks.recommender.answers [--data FOLDER]``

Beside the wall clock it gives the processor's time of the thread, which other programs on the machine disturb less.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session, sessionmaker

from actions.db.engine import make_engine, session_factory, transaction
from actions.recommender import Recommender, RecommendQuery
from actions.recommender.arms import ARMS
from actions.recommender.bandit import Bandit
from actions.recommender.rewards import Lesson
from actions.services.views import SearchQuery
from tests.benchmarks import results
from tests.benchmarks.recommender import shop
from tests.benchmarks.recommender.purchases import read
from tests.shared_data import SHARED

ASKED = 500
WARM = 20
LESSONS = 5000
SHARE = 0.34


@dataclass(frozen=True)
class Row:
    """Milliseconds over ``ASKED`` shoppers: of the clock, and of the processor."""

    what: str
    median_ms: float
    p99_ms: float
    cpu_median_ms: float
    cpu_p99_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recommender.answers", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED / "amazon_beauty", metavar="FOLDER", help="%(default)s")
    data = read(parser.parse_args().data)
    chance = random.Random(0)
    people = [f"c{chance.randrange(len(data.sequences))}" for _ in range(ASKED)]
    things = [str(chance.randrange(len(data.vectors))) for _ in range(ASKED)]
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/shop.db")
        shop.fill(engine, data)
        sessions = session_factory(engine, read_only=True)
        plain = _made(sessions, shop.Vectors(data), 0.0)
        learned = _made(sessions, shop.Vectors(data), SHARE, fitted=plain)
        learned._bandit = Bandit([_lesson(chance) for _ in range(LESSONS)])
        kinds: dict[str, Callable[[int], RecommendQuery]] = {
            "from the history": lambda n: RecommendQuery(people[n], seed=str(n)),
            "newcomers": lambda n: RecommendQuery(seed=str(n)),
            "like a product": lambda n: RecommendQuery(people[n], like_product_id=things[n], seed=str(n)),
            "goes with a product": lambda n: RecommendQuery(people[n], beside=(things[n],), seed=str(n)),
            "of a category, with a price limit": lambda n: RecommendQuery(
                people[n], category="Category 3", filters=SearchQuery(price_max=3000), seed=str(n)
            ),
        }
        print("| what | ms: median | p99 | processor, ms: median | p99 |\n|---|---|---|---|---|", flush=True)
        rows = [
            measure(f"{name}{', bandit on' if on else ''}", sessions, learned if on else plain, query)
            for name, query in kinds.items()
            for on in (False, True)
        ]
        engine.dispose()
    results.save("recommendations", load=os.getloadavg()[0], rows=[vars(row) for row in rows])


def measure(
    what: str, sessions: sessionmaker[Session], recommender: Recommender, query: Callable[[int], RecommendQuery]
) -> Row:
    """Asks for three products, each time in a transaction of its own, as the action does."""
    clock, processor = [], []
    for number in [*range(WARM), *range(ASKED)]:
        began, worked = time.perf_counter(), time.thread_time()
        with transaction(sessions) as session:
            recommender.recommend(session, query(number))
        clock.append(1000 * (time.perf_counter() - began))
        processor.append(1000 * (time.thread_time() - worked))
    figures = [float(np.percentile(spent[WARM:], at)) for spent in (clock, processor) for at in (50, 99)]
    row = Row(what, *figures)
    print(f"| {what} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |", flush=True)
    return row


def _made(
    sessions: sessionmaker[Session], vectors: shop.Vectors, share: float, fitted: Recommender | None = None
) -> Recommender:
    """A recommender that does not look at the shop again meanwhile; with what ``fitted`` learned."""
    made = Recommender(vectors, check_every_s=float("inf"), learned_share=share)
    made._checked_at = time.monotonic()
    if fitted is None:
        with transaction(sessions) as session:
            made.fit(session)
    else:
        made._fitted = fitted._fitted
    return made


def _lesson(chance: random.Random) -> Lesson:
    context = {"history": chance.random(), "like": float(chance.random() < 0.3), "place": 1.0}
    return Lesson(chance.choice(list(ARMS)), context, float(chance.random() < 0.1))


if __name__ == "__main__":
    main()
