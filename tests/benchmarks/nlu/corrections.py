"""What corrections do to a version: every message of a set that it gets wrong is corrected, then the set is read again.

``python -m tests.benchmarks.nlu.corrections --model var/nlu_models/VERSION [--part test|validation]``

A row for each kind of message: the corrected ones, their paraphrases by rule (``paraphrases.py``), near duplicates in
the data, and all others. ``alone`` is the mean over memories that hold one correction, ``together`` is one memory with
all of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contract.nlu import Correction, Example, ParseResult
from contract.settings import ROOT
from contract.wire import ShopclerkError
from nlu_models.corrections.memory import Memory
from nlu_models.data.groups import groups
from nlu_models.data.rasa_yaml import read
from nlu_models.inference.parser import CHUNK, Parser
from tests.benchmarks.nlu.paraphrases import RULES, paraphrases

PARTS = ("test", "validation")


@dataclass(frozen=True)
class Read:
    """Messages as the bare version understands them, and their vectors."""

    results: list[ParseResult]
    vectors: np.ndarray

    def through(self, memory: Memory, rows: Sequence[int]) -> list[ParseResult]:
        """The rows as they are with a memory."""
        return memory.correct([self.results[row] for row in rows], self.vectors[list(rows)]) if len(rows) else []


def main() -> None:
    options = _options()
    try:
        parser = Parser(options.model, version=options.model.name)
        _measure(parser, options.part, options.data)
    except ShopclerkError as error:
        raise SystemExit(error.message) from error


def _measure(parser: Parser, part: str, data: Path) -> None:
    examples = [*_examples(data, part), *(e for other in PARTS if other != part for e in _examples(data, other))]
    everything = _read(parser, [example.text for example in examples])
    wrong = [
        row for row in range(len(_examples(data, part))) if everything.results[row].intent.name != examples[row].intent
    ]
    held = [Correction(str(row), examples[row].text, examples[row].intent) for row in wrong]
    again = [(at, kind, text) for at, row in enumerate(wrong) for kind, text in paraphrases(examples[row].text)]
    typed = _read(parser, [text for _, _, text in again])
    near = _near_duplicates(examples, wrong)
    others = [row for row in range(len(examples)) if row not in set(wrong)]
    print(f"{parser.version}: {len(wrong)} of {len(_examples(data, part))} {part} messages are wrong and corrected.\n")

    memory = Memory(parser.folder, parser.settings)
    right, kept, siblings, changes = [], [], [], []
    for at, correction in enumerate(held):
        memory.use([correction], parser.vectors)
        own = [row for row, (source, _, _) in enumerate(again) if source == at]
        right += [result.intent.name == correction.intent for result in typed.through(memory, own)]
        kept += [everything.through(memory, [wrong[at]])[0].intent.name == correction.intent]
        siblings += [r.intent.name == correction.intent for r in everything.through(memory, near[at])]
        changes.append(_changed(everything, others, memory))
    memory.use(held, parser.vectors)
    together = typed.through(memory, range(len(again)))
    right_together = [result.intent.name == held[at].intent for (at, _, _), result in zip(again, together, strict=True)]
    kept_together = [
        result.intent.name == examples[row].intent
        for row, result in zip(wrong, everything.through(memory, wrong), strict=True)
    ]
    before = [typed.results[row].intent.name == held[at].intent for row, (at, _, _) in enumerate(again)]
    changed = _changed(everything, others, memory)

    print("| messages | how many | right before | right, alone | right, together |\n|---|---|---|---|---|")
    _row("the corrected message", [False] * len(wrong), kept, kept_together)
    _row("its paraphrases", before, right, right_together)
    for kind in RULES:
        rows = [row for row, (_, name, _) in enumerate(again) if name == kind]
        _row(f"– {kind}", *([column[row] for row in rows] for column in (before, right, right_together)))
    if siblings:
        flat = [everything.results[row].intent.name == held[at].intent for at, rows in enumerate(near) for row in rows]
        _row("near duplicates in the data", flat, siblings, siblings)
    alone = [100 * len(rows) / len(others) for rows in changes]
    print(
        f"\nOf {len(others)} other test and validation messages the intent of {np.mean(alone):.3f} % changes with one "
        f"correction (at most {max(alone, default=0):.3f} %), of {100 * len(changed) / len(others):.3f} % with all "
        f"{len(held)} together."
    )
    after = dict(zip(others, everything.through(memory, others), strict=True))
    for row in changed:
        print(f"- {examples[row].text!r}: {everything.results[row].intent.name} becomes {after[row].intent.name}")
    missed = [
        (again[row][2], examples[wrong[again[row][0]]].text) for row, good in enumerate(right_together) if not good
    ]
    for text, source in missed:
        print(f"- not reached: {text!r} from {source!r}")


def _read(parser: Parser, texts: Sequence[str]) -> Read:
    results: list[ParseResult] = []
    vectors = []

    def note(found: list[ParseResult], sentences: np.ndarray) -> list[ParseResult]:
        results.extend(found)
        vectors.append(sentences)
        return found

    parser.correct = note
    for at in range(0, len(texts), CHUNK):
        parser.parse(texts[at : at + CHUNK])
    return Read(results, np.concatenate(vectors))


def _near_duplicates(examples: Sequence[Example], wrong: Sequence[int]) -> list[list[int]]:
    group_of = {row: group for group in groups(examples) for row in group}
    return [[row for row in group_of[index] if row != index] for index in wrong]


def _changed(everything: Read, rows: Sequence[int], memory: Memory) -> list[int]:
    after = everything.through(memory, rows)
    return [row for row, r in zip(rows, after, strict=True) if r.intent.name != everything.results[row].intent.name]


def _examples(data: Path, part: str) -> tuple[Example, ...]:
    return read(data / "evaluation" / f"{part}.yml").examples


def _row(name: str, *columns: Sequence[bool]) -> None:
    shares = [f"{100 * np.mean(column):.1f} %" if len(column) else "–" for column in columns]
    print(f"| {name} | {len(columns[0])} | {' | '.join(shares)} |")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.nlu.corrections", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of a model version")
    parser.add_argument("--part", choices=PARTS, default="test", help="whose mistakes are corrected")
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="folder with evaluation/")
    return parser.parse_args()


if __name__ == "__main__":
    main()
