"""What is measured on a test set, from labels and predictions alone, so that every contender is measured alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import matthews_corrcoef, roc_auc_score

from contract.nlu import OUT_OF_SCOPE_INTENT, EntitySpan, Example
from nlu_models.evaluation.calibration import expected_calibration_error

REFUSED_IN_SCOPE = 0.05
Span = tuple[int, int, str]


@dataclass(frozen=True)
class Prediction:
    """The best intent of the shop, how sure, how far out of scope, and the entities. ``refuses``: by the
    contender's own threshold, chosen without test data."""

    intent: str
    confidence: float
    outside: float
    refuses: bool = False
    spans: frozenset[Span] = frozenset()


def figures(examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, float]:
    """Every figure that fits the data: those of out of scope and of entities only where there are such labels."""
    outside = np.array([row.intent == OUT_OF_SCOPE_INTENT for row in examples])
    right = np.array([row.intent == said.intent for row, said in zip(examples, predictions, strict=True)])
    confidence = np.array([said.confidence for said in predictions])
    found = {
        "accuracy": float(right[~outside].mean()),
        "calibration_error": expected_calibration_error(confidence[~outside], right[~outside]),
    }
    if outside.any():
        found |= _outside_figures(examples, predictions, outside)
    if any(row.entities for row in examples):
        found |= _entity_figures(examples, predictions, right)
    return found


def _outside_figures(
    examples: Sequence[Example], predictions: Sequence[Prediction], outside: NDArray[np.bool_]
) -> dict[str, float]:
    scores = np.array([said.outside for said in predictions])
    labels = [row.intent for row in examples]
    limit = float(np.quantile(scores[~outside], 1 - REFUSED_IN_SCOPE))
    refused = [said.refuses for said in predictions]
    return {
        "mcc_own_threshold": _mcc(labels, predictions, refused),
        "mcc_best_threshold": max(_mcc(labels, predictions, list(scores > at)) for at in np.unique(scores)),
        "oos_recall_at_5": float((scores[outside] > limit).mean()),
        "oos_auroc": float(roc_auc_score(outside, scores)),
    }


def _mcc(labels: Sequence[str], predictions: Sequence[Prediction], refused: Sequence[bool]) -> float:
    said = [OUT_OF_SCOPE_INTENT if refuses else row.intent for row, refuses in zip(predictions, refused, strict=True)]
    return float(matthews_corrcoef(labels, said))


def _entity_figures(
    examples: Sequence[Example], predictions: Sequence[Prediction], right: NDArray[np.bool_]
) -> dict[str, float]:
    wanted = [frozenset(_span(span) for span in row.entities) for row in examples]
    found = [said.spans for said in predictions]
    hits = sum(len(a & b) for a, b in zip(wanted, found, strict=True))
    whole = np.array([a == b for a, b in zip(wanted, found, strict=True)])
    total = sum(map(len, wanted)) + sum(map(len, found))
    return {
        "entity_f1": 2 * hits / max(total, 1),
        "entity_f1_overlapping": _overlapping_f1(wanted, found),
        "sentence_accuracy": float((whole & right).mean()),
    }


def _overlapping_f1(wanted: Sequence[frozenset[Span]], found: Sequence[frozenset[Span]]) -> float:
    """The protocol of HWU64 (Vanzo et al., 2019), which DIET was published with: an entity is found where one of the
    same kind overlaps it."""
    hits = misses = false = 0
    for gold, said in zip(wanted, found, strict=True):
        met = sum(_meets(span, said) for span in gold)
        hits, misses = hits + met, misses + len(gold) - met
        false += sum(not _meets(span, gold) for span in said)
    return 2 * hits / max(2 * hits + misses + false, 1)


def _meets(span: Span, others: Iterable[Span]) -> bool:
    start, end, name = span
    return any(other[2] == name and other[0] < end and start < other[1] for other in others)


def _span(span: EntitySpan) -> Span:
    return span.start, span.end, span.entity
