"""What ``make bench-nlu`` found, as a picture: ``python -m tests.benchmarks.nlu.picture results/nlu-*.json``.

Later files win. A dot is the mean of a contender's runs, the line through it their spread, the bar the goal.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from launcher.environments import ROOT

PICTURE = ROOT / "docs" / "images" / "nlu.svg"
FIGURES = {
    "accuracy": "intents",
    "entity_f1": "entities, F1",
    "sentence_accuracy": "whole messages",
    "oos_auroc": "out of scope, AUROC",
    "oos_recall_at_5": "out of scope found",
    "mcc_own_threshold": "MCC, own threshold",
    "mcc_best_threshold": "MCC, best threshold",
}
SETS = {
    "clinc150": "CLINC150",
    "banking77": "Banking77",
    "banking77-10-shot": "Banking77, 10 examples",
    "banking77-5-shot": "Banking77, 5 examples",
    "hwu64": "HWU64",
    "snips": "SNIPS",
    "hint3": "HINT3",
}
GOALS = {
    ("clinc150", "accuracy"): 0.965,
    ("clinc150", "oos_recall_at_5"): 0.88,
    ("clinc150", "oos_auroc"): 0.975,
    ("banking77", "accuracy"): 0.944,
    ("banking77-10-shot", "accuracy"): 0.87,
    ("banking77-5-shot", "accuracy"): 0.81,
    ("snips", "accuracy"): 0.99,
    ("snips", "entity_f1"): 0.97,
    ("snips", "sentence_accuracy"): 0.925,
    ("hint3", "accuracy"): 0.8,
    ("hint3", "oos_auroc"): 0.92,
    ("hint3", "mcc_own_threshold"): 0.68,
    ("hint3", "mcc_best_threshold"): 0.72,
}
COLOURS = {"shopclerk": "#0b6e4f", "diet": "#5a189a", "floor": "#9a9a9a"}
NAMES = {"shopclerk": "Shopclerk", "diet": "Rasa with DIET", "floor": "TF-IDF and SVM"}
HEIGHT_IN = 0.27
Found = Mapping[tuple[str, str], Mapping[str, Sequence[float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    draw(read(parser.parse_args().files), PICTURE)
    print(f"Drawn into {PICTURE.relative_to(ROOT)}")


def read(files: Sequence[Path]) -> Found:
    """Values by data set and figure, then by contender; a later file's runs of a contender replace an earlier one's."""
    runs: dict[tuple[str, str], list[Mapping[str, float]]] = {}
    for file in sorted(files):
        rows = [row for row in json.loads(file.read_text())["rows"] if row["set"] in SETS]
        for key in {(row["set"], row["contender"]) for row in rows}:
            runs[key] = [row["figures"] for row in rows if (row["set"], row["contender"]) == key]
    found: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(dict)
    for (data, contender), figures in runs.items():
        for figure in FIGURES.keys() & figures[0].keys():
            if contender == "shopclerk" or figure not in ("entity_f1", "sentence_accuracy") or figures[0][figure] > 0:
                found[data, figure][contender] = [run[figure] for run in figures]
    return found


def draw(found: Found, path: Path) -> None:
    """Write an SVG with a row for each figure of each data set."""
    rows = [(data, figure) for data in SETS for figure in FIGURES if (data, figure) in found]
    figure = Figure(figsize=(8.5, 1.1 + HEIGHT_IN * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    for at, row in enumerate(rows):
        axes.axhline(at, color="#eeeeee", linewidth=1, zorder=0)
        if row in GOALS:
            axes.plot([GOALS[row]] * 2, [at - 0.35, at + 0.35], color="#c1121f", linewidth=2, zorder=1)
        for contender, values in found[row].items():
            colour = COLOURS[contender]
            axes.plot([min(values), max(values)], [at, at], color=colour, linewidth=3, alpha=0.4, zorder=2)
            axes.plot(statistics.fmean(values), at, "o", color=colour, markersize=6, zorder=3)
    axes.set_yticks(range(len(rows)), [f"{SETS[data]}: {FIGURES[name]}" for data, name in rows])
    axes.invert_yaxis()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("share of the test messages (MCC and AUROC: as they are)")
    for contender in (name for name in COLOURS if any(name in values for values in found.values())):
        axes.plot([], [], "o", color=COLOURS[contender], label=NAMES[contender])
    axes.plot([], [], "|", color="#c1121f", markersize=11, markeredgewidth=2, label="goal")
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "shopclerk"}):
        figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
