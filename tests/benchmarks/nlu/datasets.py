"""The public data sets in ``SHOPCLERK_SHARED`` (default ``../shared``) as examples of the contract.

They are for measuring only: nothing of them is part of the project.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from contract.nlu import OUT_OF_SCOPE_INTENT, EntitySpan, Example
from nlu_models.data.checks import same
from nlu_models.data.markup import parse_example
from tests.shared_data import SHARED

HINT3_OUTSIDE = "NO_NODES_DETECTED"
FEW_SHOT_DRAWS = 5


@dataclass(frozen=True)
class Benchmark:
    """One measurement. Without ``validation`` the training holds some of ``train`` out for it."""

    name: str
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]


def folder() -> Path:
    """
    Raises:
        FileNotFoundError: it is not there; the sentence names the variable that moves it.
    """
    if not SHARED.is_dir():
        raise FileNotFoundError(f"{SHARED} holds no public data sets: set SHOPCLERK_SHARED to the folder above it.")
    return SHARED


def hint3() -> Benchmark:
    """HINT3's SOFMattress: real shoppers' messages, 42 % of the test out of scope, none in training."""
    rows = {
        part: _csv(folder() / "hint3_sofmattress" / f"{part}.csv", "sentence", "label") for part in ("train", "test")
    }
    return _benchmark("hint3", rows["train"], test=[_outside(row, HINT3_OUTSIDE) for row in rows["test"]])


def clinc150() -> Benchmark:
    """CLINC150 with its 100 out-of-scope training messages left out: out of scope has to be noticed, not learned."""
    data = json.loads((folder() / "clinc150" / "data_full.json").read_text("utf-8"))
    parts = {name: [Example(text, intent) for text, intent in rows] for name, rows in data.items()}
    outside = [_outside(row, "oos") for row in parts["oos_test"]]
    return _benchmark("clinc150", parts["train"], parts["val"], [*parts["test"], *outside])


def banking77() -> Benchmark:
    """Banking77, all of it."""
    rows = {part: _csv(folder() / "banking77" / f"{part}.csv", "text", "category") for part in ("train", "test")}
    return _benchmark("banking77", rows["train"], test=rows["test"])


def banking77_few(shots: int, draw: int) -> Benchmark:
    """``shots`` examples of each intent; draw ``draw`` of five, fixed by its number."""
    whole = banking77()
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for row in whole.train:
        by_intent[row.intent].append(row)
    choose = random.Random(f"{shots}-{draw}")
    few = [row for intent in sorted(by_intent) for row in choose.sample(by_intent[intent], shots)]
    return _benchmark(f"banking77-{shots}-shot-{draw}", few, test=whole.test)


def hwu64(fold: int) -> Benchmark:
    """One of DIET's own ten folds of HWU64, intents and entities."""
    where = folder() / "hwu64_folds" / f"KFold_{fold}"
    return _benchmark(f"hwu64-fold-{fold}", _markdown(where / "train.md"), test=_markdown(where / "test.md"))


def snips() -> Benchmark:
    """SNIPS, intents and slots."""
    parts = [list(_columns(folder() / "snips" / part)) for part in ("train", "dev", "test")]
    return _benchmark("snips", *parts)


def _benchmark(
    name: str, train: Iterable[Example], validation: Iterable[Example] = (), test: Iterable[Example] = ()
) -> Benchmark:
    """Texts with two intents keep their first one in training, which refuses contradictions; tests stay as they are."""
    seen: dict[str, str] = {}
    kept = [row for row in train if seen.setdefault(same(row.text), row.intent) == row.intent and row.text.strip()]
    agreeing = [row for row in validation if seen.get(same(row.text), row.intent) == row.intent]
    return Benchmark(name, tuple(kept), tuple(agreeing), tuple(test))


def _outside(row: Example, label: str) -> Example:
    return Example(row.text, OUT_OF_SCOPE_INTENT) if row.intent == label else row


def _csv(path: Path, text: str, label: str) -> list[Example]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Example(row[text].strip(), row[label]) for row in csv.DictReader(file)]


def _markdown(path: Path) -> Iterator[Example]:
    intent = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("## "):
            kind, _, name = line[3:].partition(":")
            intent = name.strip() if kind == "intent" else ""
        elif line.startswith("- ") and intent:
            yield parse_example(line[2:].strip(), intent=intent)


def _columns(where: Path) -> Iterator[Example]:
    parts = [(where / name).read_text("utf-8").splitlines() for name in ("seq.in", "seq.out", "label")]
    for line, tags, intent in zip(*parts, strict=True):
        text = line.strip()
        words = [(match.start(), match.end()) for match in re.finditer(r"\S+", text)]
        yield Example(text, intent.strip(), tuple(_spans(words, tags.split())))


def _spans(words: list[tuple[int, int]], tags: list[str]) -> Iterator[EntitySpan]:
    begun: EntitySpan | None = None
    for (start, end), tag in zip(words, tags, strict=True):
        if begun is not None and tag == f"I-{begun.entity}":
            begun = EntitySpan(begun.start, end, begun.entity)
            continue
        if begun is not None:
            yield begun
        begun = None if tag == "O" else EntitySpan(start, end, tag[2:])
    if begun is not None:
        yield begun
