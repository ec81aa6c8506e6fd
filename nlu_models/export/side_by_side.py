"""Candidates beside the full model: quality, size and latency, measured in one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contract.nlu import Example
from nlu_models.evaluation.quality import Quality, measure
from nlu_models.inference.parser import MODEL_FILE, Parser

FULL = "full"
ROUNDS = 120


@dataclass(frozen=True)
class Row:
    """One model. ``size_bytes`` is the graph's, ``p50_ms`` the median of parsing one message alone; ``lost`` is what
    it loses on validation, of intents or entities, whichever is more."""

    name: str
    validation: Quality
    test: Quality | None
    size_bytes: int
    p50_ms: float
    lost: float


def side_by_side(folders: Mapping[str, Path], validation: Sequence[Example], test: Sequence[Example]) -> list[Row]:
    """A row for each folder with a graph; one of them is named ``full``.

    The candidates take turns at every message, so that what else the machine does hits all of them alike.
    """
    parsers = {name: Parser(folder, version=name) for name, folder in folders.items()}
    on_validation = {name: measure(parser, validation) for name, parser in parsers.items()}
    times = _medians(parsers, [example.text for example in validation])
    return [
        Row(
            name=name,
            validation=on_validation[name],
            test=measure(parser, test) if test else None,
            size_bytes=(folders[name] / MODEL_FILE).stat().st_size,
            p50_ms=times[name],
            lost=on_validation[FULL].lost_with(on_validation[name]),
        )
        for name, parser in parsers.items()
    ]


def as_table(rows: Sequence[Row]) -> str:
    """The rows as a markdown table."""
    full = next(row for row in rows if row.name == FULL)
    lines = [
        "| model | validation: intents, entities | test: intents, entities | loses at most | MB | p50 ms | x |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        test = _percent(row.test) if row.test else ""
        lines.append(
            f"| {row.name} | {_percent(row.validation)} | {test} | {100 * row.lost:.2f} | {row.size_bytes / 1e6:.1f} "
            f"| {row.p50_ms:.2f} | {row.p50_ms / full.p50_ms:.2f} |"
        )
    return "\n".join(lines) + "\n"


def _percent(quality: Quality) -> str:
    return f"{100 * quality.intent_accuracy:.2f}, {100 * quality.entity_f1:.2f}"


def _medians(parsers: Mapping[str, Parser], texts: Sequence[str]) -> dict[str, float]:
    took: dict[str, list[float]] = {name: [] for name in parsers}
    for at in range(ROUNDS):
        for name, parser in parsers.items():
            began = time.perf_counter()
            parser.parse([texts[at % len(texts)]])
            took[name].append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(values) for name, values in took.items()}
