"""The test report of a version: every figure as JSON, and the same for a person as markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from contract.nlu import OUT_OF_SCOPE_INTENT, Example, ParseResult
from nlu_models.evaluation.calibration import auroc, expected_calibration_error
from nlu_models.evaluation.metrics import LabelScore, Scores, entity_scores, intent_scores

WORST = 40


@dataclass(frozen=True)
class Mistake:
    """A message whose intent was taken for another."""

    text: str
    expected: str
    predicted: str
    confidence: float
    source: str | None = None


@dataclass(frozen=True)
class Report:
    """What a version is worth on ``messages`` labelled messages it never saw. ``part`` names the set."""

    part: str
    messages: int
    metrics: dict[str, float]
    intents: dict[str, LabelScore]
    entities: dict[str, LabelScore]
    mistakes: tuple[Mistake, ...]
    confused: tuple[tuple[str, str, int], ...]
    warnings: tuple[str, ...] = field(default_factory=tuple)


def evaluate(
    examples: Sequence[Example], results: Sequence[ParseResult], *, part: str, warnings: Sequence[str] = ()
) -> Report:
    """The report of ``results``, the predictions for ``examples`` in the same order."""
    intents = intent_scores([e.intent for e in examples], [r.intent.name for r in results])
    entities = entity_scores([e.entities for e in examples], [r.entities for r in results])
    mistakes = [_mistake(e, r) for e, r in zip(examples, results, strict=True) if e.intent != r.intent.name]
    pairs = Counter((row.expected, row.predicted) for row in mistakes)
    return Report(
        part=part,
        messages=len(examples),
        metrics=metrics(examples, results, intents, entities),
        intents=intents.labels,
        entities=entities.labels,
        mistakes=tuple(sorted(mistakes, key=lambda row: -row.confidence)),
        confused=tuple((expected, predicted, count) for (expected, predicted), count in pairs.most_common()),
        warnings=tuple(warnings),
    )


def metrics(
    examples: Sequence[Example], results: Sequence[ParseResult], intents: Scores, entities: Scores
) -> dict[str, float]:
    """The figures of a version in one row; each in [0, 1]. Empty where there are no examples."""
    if not examples:
        return {}
    right = np.array([e.intent == r.intent.name for e, r in zip(examples, results, strict=True)])
    confidence = np.array([r.intent.confidence for r in results])
    found = {
        "intent_accuracy": float(right.mean()),
        "intent_macro_f1": intents.macro_f1,
        "entity_f1": entities.micro_f1,
        "entity_macro_f1": entities.macro_f1,
        "calibration_error": expected_calibration_error(confidence, right),
        "fallback_rate": float(np.mean([r.is_fallback for r in results])),
    }
    outside = np.array([e.intent == OUT_OF_SCOPE_INTENT for e in examples])
    area = auroc(np.array([r.out_of_scope_score for r in results]), outside)
    if area is not None:
        found["out_of_scope_auroc"] = area
    return {name: round(value, 6) for name, value in found.items()}


def as_markdown(report: Report) -> str:
    """The report for a person: figures, weak labels first, and what was taken for what."""
    parts = [f"# How it did on {report.messages} {report.part} messages", ""]
    parts += [f"- {name.replace('_', ' ')}: {100 * value:.1f} %" for name, value in report.metrics.items()]
    parts += ["", *_table("Intent", report.intents), "", *_table("Entity", report.entities), ""]
    if report.mistakes:
        parts += ["## Intents that were mistaken, surest first", "", "| message | is | taken for | sure |"]
        parts += ["|---|---|---|---|", *(_row(mistake) for mistake in report.mistakes[:WORST])]
    parts += ["", *(f"Warning: {warning}" for warning in report.warnings)]
    return "\n".join(parts).rstrip() + "\n"


def _mistake(example: Example, result: ParseResult) -> Mistake:
    return Mistake(example.text, example.intent, result.intent.name, result.intent.confidence, example.source)


def _table(title: str, labels: dict[str, LabelScore]) -> list[str]:
    rows = sorted(labels.items(), key=lambda item: (item[1].f1, item[0]))
    return [
        f"| {title} | precision | recall | F1 | messages |",
        "|---|---|---|---|---|",
        *(f"| {n} | {s.precision:.2f} | {s.recall:.2f} | {s.f1:.2f} | {s.support} |" for n, s in rows),
    ]


def _row(mistake: Mistake) -> str:
    text = mistake.text.replace("|", "\\|").replace("\n", " ")[:160]
    return f"| {text} | {mistake.expected} | {mistake.predicted} | {mistake.confidence:.2f} |"
