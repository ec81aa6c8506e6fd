"""``make bench-nlu``: our default recipe beside DIET and a linear floor, on the same files, in one run.

``python -m tests.benchmarks.nlu [own hint3 clinc150 ...] [--contenders shopclerk,floor] [--seeds 13,14,15]``
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.benchmarks import results
from tests.benchmarks.nlu import contenders, datasets, own
from tests.benchmarks.nlu.figures import figures

FOLDS = (1, 2, 3)
SETS: dict[str, list[Callable[[], datasets.Benchmark]]] = {
    "hint3": [datasets.hint3],
    "clinc150": [datasets.clinc150],
    "banking77": [datasets.banking77],
    "banking77-10-shot": [partial(datasets.banking77_few, 10, draw) for draw in range(datasets.FEW_SHOT_DRAWS)],
    "banking77-5-shot": [partial(datasets.banking77_few, 5, draw) for draw in range(datasets.FEW_SHOT_DRAWS)],
    "hwu64": [partial(datasets.hwu64, fold) for fold in FOLDS],
    "snips": [datasets.snips],
}
OWN = "own"
CONTENDERS = {"shopclerk": contenders.shopclerk, "diet": contenders.diet, "floor": contenders.floor}


def main() -> None:
    arguments = _arguments()
    rows = []
    with tempfile.TemporaryDirectory(prefix="shopclerk-bench-") as folder:
        for name in arguments.sets:
            rows += _measure(name, arguments, Path(folder))
    print(_table(rows))
    results.save("nlu", rows=rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=[OWN, *SETS], metavar="SET", help=f"of {', '.join([OWN, *SETS])}")
    parser.add_argument("--contenders", type=lambda text: text.split(","), default=list(CONTENDERS))
    parser.add_argument("--seeds", type=lambda text: [int(part) for part in text.split(",")], default=[13])
    parser.add_argument("--version", help=f"measured on {OWN}; the newest where none is named, a new one without any")
    arguments = parser.parse_args()
    for given, known in ((arguments.sets, [OWN, *SETS]), (arguments.contenders, CONTENDERS)):
        if unknown := sorted(set(given) - set(known)):
            parser.error(f"{', '.join(unknown)}: known are {', '.join(known)}")
    return arguments


def _measure(name: str, arguments: argparse.Namespace, folder: Path) -> list[dict]:
    if name == OWN:
        found = own.figures(arguments.version, folder, arguments.seeds[0])
        return [{"set": OWN, "contender": "shopclerk", "figures": found}]
    rows = []
    for load in SETS[name]:
        benchmark = load()
        for contender in arguments.contenders:
            for seed in arguments.seeds:
                began = time.monotonic()
                found = figures(benchmark.test, CONTENDERS[contender](benchmark, folder, seed))
                took = time.monotonic() - began
                print(f"{benchmark.name} {contender} seed {seed} {took:.0f} s {_short(found)}", flush=True)
                rows.append({"set": name, "contender": contender, "seed": seed, "seconds": took, "figures": found})
    return rows


def _short(found: dict[str, float]) -> str:
    return " ".join(f"{name}={value:.4f}" for name, value in found.items())


def _table(rows: list[dict]) -> str:
    """Mean and, over several runs, the spread (lowest to highest) of each figure."""
    groups: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in rows:
        for figure, value in row["figures"].items():
            groups[row["set"], figure, row["contender"]].append(value)
    names = [name for name in CONTENDERS if any(row["contender"] == name for row in rows)]
    lines = [f"| data | figure | {' | '.join(names)} |", f"|---|---|{'---|' * len(names)}"]
    for data, figure in dict.fromkeys((data, figure) for data, figure, _ in groups):
        cells = [_cell(groups.get((data, figure, name), [])) for name in names]
        lines.append(f"| {data} | {figure} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    if not values:
        return ""
    mean = f"{statistics.fmean(values):.4f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.4f} to {max(values):.4f})"


if __name__ == "__main__":
    main()
