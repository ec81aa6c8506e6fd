"""The confusion matrix as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

SIZE_PER_LABEL_IN = 0.17
SMALLEST_IN = 4.0
RESOLUTION = 110


def matrix(expected: Sequence[str], predicted: Sequence[str], names: Sequence[str]) -> NDArray[np.int64]:
    """Counts, (labels, labels): row is what was meant, column what was understood."""
    numbers = {name: i for i, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    for row, column in zip(expected, predicted, strict=True):
        counts[numbers[row], numbers[column]] += 1
    return counts


def draw(expected: Sequence[str], predicted: Sequence[str], path: Path) -> None:
    """Write the confusion matrix as a PNG: each row sums to 1, darker is more, mistakes in red."""
    names = sorted(set(expected) | set(predicted))
    counts = matrix(expected, predicted, names)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(SMALLEST_IN, SIZE_PER_LABEL_IN * len(names))
    figure = Figure(figsize=(side + 2, side + 2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    diagonal = np.eye(len(names), dtype=bool)
    axes.imshow(np.ma.array(shares, mask=~diagonal), cmap="Blues", vmin=0, vmax=1)
    axes.imshow(np.ma.array(shares, mask=diagonal | (counts == 0)), cmap="Reds", vmin=-0.2, vmax=0.8)
    for row, column in zip(*np.nonzero(counts), strict=True):
        ink = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=5, color=ink)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=6)
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.set_xlabel("understood as")
    axes.set_ylabel("meant")
    figure.savefig(path, dpi=RESOLUTION)
