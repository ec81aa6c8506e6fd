"""What a message is about says which entities are likely in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from contract.nlu import EntitySpan, Example
from contract.wire import BrokenArchive
from nlu_models.inference.scores import softmax
from nlu_models.inference.tag_priors import FILE, WEIGHT, TagPriors

INTENTS = ("greet", "return_item", "track_order")
TAGS = ("O", "B-order_id", "I-order_id", "B-product/old", "I-product/old")
OUTSIDE, B_ORDER, I_ORDER, B_PRODUCT, I_PRODUCT = range(5)
GREET, RETURN, TRACK = np.eye(3)


def examples() -> list[Example]:
    order, product = EntitySpan(0, 1, "order_id"), EntitySpan(2, 6, "product", role="old")
    return [
        *[Example("hello you", "greet")] * 40,
        *[Example("1 lamp", "return_item", (product,))] * 30,
        *[Example("1 lamp x", "return_item", (order, product, EntitySpan(7, 8, "product", role="old")))] * 10,
        *[Example("1", "track_order", (order,))] * 20,
        *[Example("where is it", "track_order")] * 20,
    ]


@pytest.fixture
def priors() -> TagPriors:
    return TagPriors.of(examples(), INTENTS, TAGS)


def test_a_tag_is_as_much_likelier_as_its_entity_is_more_usual_with_the_intent(priors: TagPriors) -> None:
    added = priors.logits(TRACK)
    assert added[OUTSIDE] == 0, "every message has words that are nothing"
    half_beside_a_quarter = (20 / (30 / 120) + 1) / 41
    assert added[B_ORDER] == pytest.approx(WEIGHT * np.log(half_beside_a_quarter), rel=1e-6)
    assert added[B_ORDER] == added[I_ORDER] > 0
    never_seen_yet_possible = 1 / 41
    assert added[B_PRODUCT] == added[I_PRODUCT] == pytest.approx(WEIGHT * np.log(never_seen_yet_possible), rel=1e-6)
    assert priors.logits(RETURN)[B_PRODUCT] > 0 > priors.logits(GREET)[B_PRODUCT]


def test_a_message_that_may_mean_two_things_expects_what_either_brings(priors: TagPriors) -> None:
    either = priors.logits((RETURN + TRACK) / 2)
    assert (either > np.minimum(priors.logits(RETURN), priors.logits(TRACK)))[1:].all()
    assert either[B_PRODUCT] > 0 and either[B_ORDER] > 0


def test_what_the_word_leaves_open_the_intent_decides_and_no_more(priors: TagPriors) -> None:
    unsure, sure = np.log([[0.01, 0.5, 0.01, 0.47, 0.01]]), np.log([[0.01, 0.01, 0.01, 0.96, 0.01]])
    assert softmax(unsure + priors.logits(TRACK)).argmax() == B_ORDER
    assert softmax(unsure + priors.logits(RETURN)).argmax() == B_PRODUCT
    assert softmax(sure + priors.logits(RETURN)).argmax() == B_PRODUCT
    assert softmax(sure + priors.logits(TRACK)).argmax() == B_PRODUCT


def test_where_nothing_was_seen_nothing_is_said() -> None:
    assert TagPriors.of([], INTENTS, TAGS).ratios == pytest.approx(1.0)
    assert TagPriors.of([Example("hi", "greet")], ("greet",), ("O",)).logits(np.ones(1)) == pytest.approx([0.0])


def test_what_was_saved_is_loaded(priors: TagPriors, tmp_path: Path) -> None:
    priors.save(tmp_path)
    assert np.array_equal(TagPriors.load(tmp_path, intents=3, tags=5).ratios, priors.ratios)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (None, "cannot be read .*: train again"),
        (np.ones((2, 5), dtype=np.float32), "does not fit the version's labels: train again"),
        (np.zeros((3, 5), dtype=np.float32), "holds shares that are not above 0: train again"),
    ],
    ids=["missing", "other intents", "no shares"],
)
def test_a_file_that_is_not_one_is_refused(written: NDArray[np.float32] | None, sentence: str, tmp_path: Path) -> None:
    if written is not None:
        np.save(tmp_path / FILE, written)
    with pytest.raises(BrokenArchive, match=sentence):
        TagPriors.load(tmp_path, intents=3, tags=5)
