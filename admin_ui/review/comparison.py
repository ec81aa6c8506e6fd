"""What a new model version does better and worse than an old one, as tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from admin_ui.review.training.files import read_examples
from contract.nlu import Comparison, Example
from contract.wire import NotFound


@dataclass(frozen=True)
class MetricRow:
    """``change`` is new minus old, None where one of them lacks the metric."""

    metric: str
    old: float | None
    new: float | None
    change: float | None


def test_set(data_dir: Path) -> list[Example]:
    """The labelled messages that no training sees: ``evaluation/test.yml``.

    Raises:
        NotFound: there is no such file, or nothing in it.
        InvalidInput: the file cannot be read.
    """
    path = data_dir / "evaluation" / "test.yml"
    examples = read_examples(path)
    if not examples:
        raise NotFound(f"{path} has no examples: models can only be compared on a test set.")
    return examples


def metric_rows(comparison: Comparison) -> list[MetricRow]:
    """All metrics of both, in the order of the service."""
    names = list(dict.fromkeys([*comparison.new_metrics, *comparison.old_metrics]))
    return [_row(name, comparison.old_metrics.get(name), comparison.new_metrics.get(name)) for name in names]


def _row(name: str, old: float | None, new: float | None) -> MetricRow:
    return MetricRow(name, old, new, None if old is None or new is None else new - old)
