"""Which tags of a text's words are the likeliest together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from contract.wire import BrokenArchive
from nlu_models.inference.spans import decode
from nlu_models.inference.transitions import FILE, LEAST, Transitions
from nlu_models.inference.words import Word

TAGS = ("O", "B-color", "I-color", "B-product", "I-product")
OUTSIDE, B_COLOR, I_COLOR, B_PRODUCT, I_PRODUCT = range(5)
SEEN = [
    [OUTSIDE, B_COLOR, I_COLOR, OUTSIDE],
    [OUTSIDE, B_COLOR, B_PRODUCT, I_PRODUCT],
    [OUTSIDE, OUTSIDE, B_PRODUCT, I_PRODUCT, I_PRODUCT],
]


@pytest.fixture
def transitions() -> Transitions:
    return Transitions.of(SEEN * 20, len(TAGS))


def rows(*words: dict[int, float]) -> NDArray[np.float32]:
    return np.array([[word.get(tag, 1e-4) for tag in range(len(TAGS))] for word in words], dtype=np.float32)


def test_a_name_does_not_change_its_kind_half_way(transitions: Transitions) -> None:
    probabilities = rows({OUTSIDE: 1}, {B_PRODUCT: 0.9}, {I_COLOR: 0.5, I_PRODUCT: 0.45}, {I_PRODUCT: 0.9})
    assert transitions.likeliest(probabilities) == [OUTSIDE, B_PRODUCT, I_PRODUCT, I_PRODUCT]
    words = [Word(at, at + 1, [at]) for at in range(4)]
    (span,) = decode(words, probabilities, TAGS, transitions)
    assert (span.start, span.end, span.entity) == (1, 4, "product")
    assert span.confidence == pytest.approx(0.45), "as sure as its least sure word"


def test_words_that_leave_nothing_open_keep_their_tags(transitions: Transitions) -> None:
    never_seen = rows({I_COLOR: 1}, {I_PRODUCT: 1}, {I_COLOR: 1})
    assert transitions.likeliest(never_seen) == [I_COLOR, I_PRODUCT, I_COLOR]


def test_the_path_is_the_best_of_all_paths(transitions: Transitions) -> None:
    draws = np.random.default_rng(5)
    for length in (1, 2, 5):
        probabilities = np.maximum(draws.dirichlet([0.3] * len(TAGS), size=length), LEAST).astype(np.float32)
        paths = list(itertools.product(range(len(TAGS)), repeat=length))
        values = [value(path, probabilities, transitions.scores) for path in paths]
        assert tuple(transitions.likeliest(probabilities)) == paths[int(np.argmax(values))]


def value(path: Sequence[int], probabilities: NDArray[np.float32], scores: NDArray[np.float32]) -> float:
    own = sum(float(np.log(row[tag])) for row, tag in zip(probabilities, path, strict=True))
    return own + sum(float(scores[before, tag]) for before, tag in itertools.pairwise((len(TAGS), *path)))


def test_what_was_saved_is_loaded(transitions: Transitions, tmp_path: Path) -> None:
    transitions.save(tmp_path)
    assert np.array_equal(Transitions.load(tmp_path, len(TAGS)).scores, transitions.scores)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (None, "cannot be read .*: train again"),
        (np.zeros((3, 2), dtype=np.float32), "does not fit the version's labels: train again"),
        (np.full((6, 5), np.nan, dtype=np.float32), "does not fit the version's labels: train again"),
        (np.full((6, 5), "0.5"), "does not fit the version's labels: train again"),
        (np.array([{}], dtype=object), "cannot be read .*: train again"),
    ],
    ids=["missing", "other tags", "no numbers", "words", "pickled"],
)
def test_a_file_that_is_not_one_is_refused(written: NDArray[Any] | None, sentence: str, tmp_path: Path) -> None:
    if written is not None:
        np.save(tmp_path / FILE, written)
    with pytest.raises(BrokenArchive, match=sentence):
        Transitions.load(tmp_path, len(TAGS))
