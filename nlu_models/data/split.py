"""Move a stable part of the written examples into the validation and test sets.

``python -m nlu_models.data.split`` takes about 12 % of every intent for validation and 13 % for the test, by
groups of near-duplicates, so that none crosses. An intent that already has
evaluation examples is left alone: the test set stays what it was. ``data/nlu/reviewed`` is never touched.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from nlu_models.data.groups import groups
from nlu_models.data.rasa_yaml import Line, NluData, read, write_lines
from nlu_models.settings_access import without_secret

SHARES = {"validation": 0.12, "test": 0.13}
REVIEWED = "reviewed"
COMMENT = "Moved here from data/nlu by `python -m nlu_models.data.split`. Never train on it."


def split(source: Path, target: Path) -> dict[str, int]:
    """Split the files below ``source`` into ``target``/validation.yml and test.yml, in place.

    Returns:
        How many examples were moved into each.
    """
    lines = [line for line in read(source).lines if REVIEWED not in line.path.relative_to(source).parts]
    kept = {name: _existing(target / f"{name}.yml") for name in SHARES}
    served = {line.intent for data in kept.values() for line in data.lines}
    moved: dict[str, list[Line]] = {name: [] for name in SHARES}
    for intent in dict.fromkeys(line.intent for line in lines):
        if intent not in served:
            chosen = choose([line for line in lines if line.intent == intent])
            for name in SHARES:
                moved[name] += chosen[name]
    for name in SHARES:
        rows = [(line.intent, line.raw) for line in (*kept[name].lines, *moved[name])]
        if moved[name]:
            write_lines(target / f"{name}.yml", rows, comment=COMMENT)
    _remove([line for name in SHARES for line in moved[name]])
    return {name: len(moved[name]) for name in SHARES}


def choose(lines: Sequence[Line], *, shares: Mapping[str, float] = SHARES) -> dict[str, list[Line]]:
    """Whole groups for each set, about its share of the lines, the same at every run.

    Groups of more than a third of a set stay in training: they would fill it with one sentence.
    """
    quotas = {name: max(1, round(len(lines) * share)) for name, share in shares.items()}
    limit = max(2, min(quotas.values()) // 3)
    found = [[lines[i] for i in group] for group in groups([line.example for line in lines])]
    found = sorted((group for group in found if len(group) <= limit), key=_order)
    chosen: dict[str, list[Line]] = {name: [] for name in shares}
    for name, quota in quotas.items():
        while found and len(chosen[name]) + len(found[0]) <= quota:
            chosen[name] += found.pop(0)
        chosen[name].sort(key=lambda line: (str(line.path), line.number))
    return chosen


def _order(group: list[Line]) -> str:
    first = min(line.raw for line in group)
    return hashlib.sha256(f"{group[0].intent}\0{first}".encode()).hexdigest()


def _existing(path: Path) -> NluData:
    return read(path) if path.exists() else NluData()


def _remove(lines: Sequence[Line]) -> None:
    """Take single lines out of their files; every other character stays as it was."""
    for path in sorted({line.path for line in lines}):
        gone = {line.number for line in lines if line.path == path}
        rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(row for i, row in enumerate(rows, start=1) if i not in gone), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry of the command line."""
    parser = argparse.ArgumentParser(prog="python -m nlu_models.data.split", description=__doc__)
    data = Path(without_secret().data_dir)
    parser.add_argument("source", type=Path, nargs="?", default=data / "nlu", help="folder of Rasa NLU files")
    parser.add_argument("target", type=Path, nargs="?", default=data / "evaluation", help="of validation.yml, test.yml")
    options = parser.parse_args(arguments)
    moved = split(options.source, options.target)
    sys.stdout.write(f"Moved {moved['validation']} examples to validation and {moved['test']} to test.\n")


if __name__ == "__main__":
    main()
