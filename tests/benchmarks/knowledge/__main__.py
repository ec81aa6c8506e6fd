"""``python -m tests.benchmarks.knowledge``: fits the scores of the search, and says what they are worth. Some minutes.

Fitted on a third of data/nlu, from which no part of the search has learned. The words' weight and the threshold are
chosen on the validation messages and two fifths of the questions about articles of no intent; the figures are those of
the test messages and of the other questions. Messages whose intent has no article count: no answer is right for them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actions.knowledge.base import SURE
from actions.knowledge.keywords import Floats
from actions.knowledge.meaning import Meaning
from actions.knowledge.passages import Passage, passages
from actions.knowledge.search import KEYWORD_WEIGHT, Index
from contract.settings import ROOT
from nlu_models.settings_access import without_secret
from tests.benchmarks.knowledge.examples import Question, articles, labelled, own_questions
from tests.benchmarks.knowledge.fitting import Found, figures, fit, threshold, top

WORDS, ENCODER, BOTH = "words", "encoder", "both"
WEIGHTS = (0.0, 0.1, 0.2, 0.5, 1.0)
THIRD = 3
OF_ENCODER = 2
"""The first features by both are the encoder's own."""


@dataclass(frozen=True)
class Asked:
    """Questions, and how near each passage is to them in meaning: (questions, passages)."""

    questions: Sequence[Question]
    meaning: Floats


@dataclass(frozen=True)
class Parts:
    """``learn`` fits, ``choose`` chooses, ``test`` tells."""

    learn: Asked
    choose: Asked
    choose_own: Asked
    test: Asked
    test_own: Asked


def main() -> int:
    """Prints a line for each weight, and a block for each way of searching."""
    known = articles()
    rows = passages(known)
    meaning = Meaning.of(without_secret())
    meaning.learn(rows)

    def asked(questions: Sequence[Question]) -> Asked:
        return Asked(questions, np.array([meaning.cosines(question.text, rows) for question in questions]))

    evaluation = ROOT / "data" / "evaluation"
    own = own_questions()
    parts = Parts(
        learn=asked(labelled(sorted((ROOT / "data" / "nlu").glob("*.yml")), known)[::THIRD]),
        choose=asked(labelled([evaluation / "validation.yml"], known)),
        choose_own=asked([row for number, row in enumerate(own) if number % 5 < 2]),
        test=asked(labelled([evaluation / "test.yml"], known)),
        test_own=asked([row for number, row in enumerate(own) if number % 5 >= 2]),
    )
    for weight in WEIGHTS:
        shares = [top(search(rows, part, BOTH, weight)) for part in (parts.choose, parts.choose_own)]
        say(f"weight of the words {weight}: {shares[0]:.1%}, own {shares[1]:.1%}")
    for way in (WORDS, ENCODER, BOTH):
        _report(way, rows, parts)
    _timing(rows, meaning, parts.test.questions)
    return 0


def search(rows: Sequence[Passage], asked: Asked, way: str, weight: float = KEYWORD_WEIGHT) -> list[Found]:
    """What is found first for each question."""
    index = Index(rows, keyword_weight=0.0 if way == ENCODER else weight)
    found = []
    for question, meaning in zip(asked.questions, asked.meaning, strict=True):
        first = index.features(question.text, 1, None if way == WORDS else meaning)
        number, features = first[0] if first else (None, None)
        is_right = number is not None and rows[number].article == question.article
        features = features[:OF_ENCODER] if features and way == ENCODER else features
        found.append(Found(features, is_right, question.article is not None))
    return found


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _report(way: str, rows: Sequence[Passage], parts: Parts) -> None:
    calibration = fit(search(rows, parts.learn, way))
    least = threshold(calibration, search(rows, parts.choose, way))
    say(f"{way}: {calibration}, answered from {least}")
    for part, asked in (("choose", parts.choose), ("test", parts.test), ("own", parts.test_own)):
        for step in sorted({least, SURE}):
            say(f"  {part} from {step}: {figures(calibration, search(rows, asked, way), step)}")


def _timing(rows: Sequence[Passage], meaning: Meaning, questions: Sequence[Question]) -> None:
    index = Index(rows)
    began, busy = time.perf_counter(), time.process_time()
    for question in questions:
        index.search(question.text, 3, meaning.cosines(question.text, rows))
    took, used = (1000 * value / len(questions) for value in (time.perf_counter() - began, time.process_time() - busy))
    say(f"a search by both: {took:.1f} ms, {used:.1f} ms of a core")


if __name__ == "__main__":
    sys.exit(main())
