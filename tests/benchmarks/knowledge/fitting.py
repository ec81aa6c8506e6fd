"""The score of a search's first passage, fitted, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from actions.knowledge.search import Calibration

WRONG_AT_MOST = 0.15
STEPS = np.arange(0.5, 1.0, 0.05)


@dataclass(frozen=True)
class Found:
    """What search found first for one question, by what its score is made of; None where it found nothing."""

    features: tuple[float, ...] | None
    is_right: bool
    has_article: bool


def fit(rows: Sequence[Found]) -> Calibration:
    """The probability that what was found first is right."""
    known = [row for row in rows if row.features]
    model = LogisticRegression(C=10.0, max_iter=1000)
    model.fit([row.features for row in known], [row.is_right for row in known])
    return Calibration(tuple(round(float(value), 2) for value in model.coef_[0]), round(float(model.intercept_[0]), 2))


def threshold(calibration: Calibration, rows: Sequence[Found]) -> float:
    """The lowest score from which few enough of the answers are wrong; 1 where there is none."""
    for step in STEPS:
        answered = _answered(calibration, rows, step)
        if answered and np.mean([not row.is_right for row in answered]) <= WRONG_AT_MOST:
            return round(float(step), 2)
    return 1.0


def top(rows: Sequence[Found]) -> float:
    """How often the first passage is of the right article, of the questions that have one."""
    return float(np.mean([row.is_right for row in rows if row.has_article]))


def figures(calibration: Calibration, rows: Sequence[Found], least: float) -> str:
    """What comes of answering from the score ``least`` on."""
    asked, answered = [row for row in rows if row.has_article], _answered(calibration, rows, least)
    right, idle = sum(row.is_right for row in answered), sum(not row.has_article for row in answered)
    doubt = np.mean([calibration.score(row.features) - row.is_right for row in rows if row.features])
    return (
        f"first passage right {top(rows):.1%} of {len(asked)}; {len(answered)} of {len(rows)} answered, {right} right, "
        f"{len(answered) - right} wrong ({idle} of no article's intent); mean score - share right {doubt:+.3f}"
    )


def _answered(calibration: Calibration, rows: Sequence[Found], least: float) -> list[Found]:
    return [row for row in rows if row.features and calibration.score(row.features) >= least]
