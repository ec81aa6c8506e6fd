"""The shop's recommender beside its parts, popularity and item neighbours: leave-one-out over all products, in one run.

``python -m tests.benchmarks.recommender [--data FOLDER] [--validation]``

Each customer's last purchase is to be found among all products that they have not bought yet; with ``--validation`` the
one before it, by which the shares and the strengths of the recipe were chosen.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from implicit.nearest_neighbours import CosineRecommender

from actions.recommender.blend import Blend
from actions.recommender.evaluation import quality
from actions.recommender.models import Collaborative, Model, Popularity, Vector
from actions.recommender.recency import FADES
from tests.benchmarks import results
from tests.benchmarks.recommender.purchases import Purchases, read
from tests.shared_data import SHARED

AT = 10


@dataclass(frozen=True)
class Row:
    """``fit_s``: seconds. ``median_ms``, ``p99_ms``: milliseconds for the scores of one customer."""

    model: str
    hit_rate: float
    ndcg: float
    fit_s: float
    median_ms: float
    p99_ms: float


def main() -> None:
    arguments = _arguments()
    left_out = 2 if arguments.validation else 1
    print(
        "| model | HR@10 | NDCG@10 | fit, s | one customer, ms: median | p99 |\n|---|---|---|---|---|---|", flush=True
    )
    rows = []
    for name, model, fitted_without, fade in _contenders(arguments.data, left_out):
        row = measure(name, model, arguments.data, fitted_without, left_out, fade)
        cells = f"{row.hit_rate:.4f} | {row.ndcg:.4f} | {row.fit_s:.1f} | {row.median_ms:.1f} | {row.p99_ms:.1f}"
        print(f"| {row.model} | {cells} |", flush=True)
        rows.append(vars(row))
    results.save("recommender", split="validation" if arguments.validation else "test", rows=rows)


def measure(name: str, model: Model, data: Purchases, fitted_without: int, left_out: int, fade: float | None) -> Row:
    """Fits and asks for every customer.

    Args:
        fitted_without: how many of each customer's last purchases are not learned from.
        left_out: the how many-th last purchase is to be found.
        fade: of the histories; None for what the model has learned.
    """
    began = time.monotonic()
    model.fit(data.until(fitted_without))
    fit_s = time.monotonic() - began
    spent: list[float] = []

    def timed(history: Vector) -> Vector:
        started = time.perf_counter()
        scores = model.recommend(history)
        spent.append(1000 * (time.perf_counter() - started))
        return scores

    found = quality(data.held(left_out, model.fade if fade is None else fade), timed, at=AT)
    return Row(name, found.hit_rate, found.ndcg, fit_s, float(np.median(spent)), float(np.percentile(spent, 99)))


def _contenders(data: Purchases, left_out: int) -> list[tuple[str, Model, int, float | None]]:
    recent = FADES[0]
    rows: list[tuple[str, Model, int, float | None]] = [
        ("popularity", Popularity(), left_out, recent),
        ("item neighbours", Collaborative(CosineRecommender), left_out, 0.0),
        ("item neighbours, recent ones count more", Collaborative(CosineRecommender), left_out, recent),
        ("blend without attributes", Blend(), left_out, None),
        ("blend, which is shipped", Blend(data.vectors), left_out, None),
    ]
    if left_out == 1:
        rows.append(("blend, not fitted on the validation purchases", Blend(data.vectors), 2, None))
    return rows


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recommender", description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED / "amazon_beauty", metavar="FOLDER", help="%(default)s")
    parser.add_argument("--validation", action="store_true", help="ask for the last but one purchase")
    arguments = parser.parse_args()
    try:
        arguments.data = read(arguments.data)
    except FileNotFoundError as error:
        parser.error(f"{error.filename} is not there: set --data, or SHOPCLERK_SHARED to the folder above data/.")
    return arguments


if __name__ == "__main__":
    main()
