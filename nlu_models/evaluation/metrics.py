"""Accuracy, precision, recall and F1 of intents and entities, from counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from contract.nlu import Entity, EntitySpan

Mark: TypeAlias = tuple[int, int, str, "str | None", "str | None"]


@dataclass(frozen=True)
class LabelScore:
    """One label's precision, recall and F1 in [0, 1]; ``support`` is how often it is right to say it."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Scores:
    """All labels, their unweighted mean F1 over those with support, and the F1 of all counts together."""

    labels: dict[str, LabelScore]
    macro_f1: float
    micro_f1: float


def intent_scores(expected: Sequence[str], predicted: Sequence[str]) -> Scores:
    """Per intent; ``micro_f1`` is the accuracy here."""
    right = Counter(a for a, b in zip(expected, predicted, strict=True) if a == b)
    return _scores(right, Counter(predicted), Counter(expected))


def entity_scores(expected: Sequence[Iterable[EntitySpan]], predicted: Sequence[Iterable[Entity]]) -> Scores:
    """Per entity. A prediction is right where start, end, entity, role and group are the labelled ones."""
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    true: Counter[str] = Counter()
    for labelled, found in zip(expected, predicted, strict=True):
        wanted, got = {mark(span) for span in labelled}, {mark(entity) for entity in found}
        right.update(name for *_, name, _, _ in wanted & got)
        said.update(name for *_, name, _, _ in got)
        true.update(name for *_, name, _, _ in wanted)
    return _scores(right, said, true)


def mark(span: Entity | EntitySpan) -> Mark:
    """What must agree for two spans to count as the same."""
    return span.start, span.end, span.entity, span.role, span.group


def _scores(right: Counter[str], said: Counter[str], true: Counter[str]) -> Scores:
    labels = {name: _label(right[name], said[name], true[name]) for name in sorted(said | true)}
    met = [score.f1 for score in labels.values() if score.support]
    every = _label(right.total(), said.total(), true.total())
    return Scores(labels, sum(met) / len(met) if met else 0.0, every.f1)


def _label(right: int, said: int, true: int) -> LabelScore:
    precision = right / said if said else 0.0
    recall = right / true if true else 0.0
    both = precision + recall
    return LabelScore(precision, recall, 2 * precision * recall / both if both else 0.0, true)
