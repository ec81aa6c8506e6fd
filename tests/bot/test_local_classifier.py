"""The classifier that answers while the transformer is away."""

from __future__ import annotations

import time

import numpy as np
import pytest

from bot.components.local_entities import find_entities
from bot.components.local_model import LocalModel
from bot.components.local_training import fit
from bot.components.text_features import features

TEXTS = ["hello", "hi there", "good morning", "cancel my order", "please cancel it", "stop my order now"]
INTENTS = ["greet"] * 3 + ["cancel_order"] * 3


@pytest.mark.parametrize(
    ("text", "intent"), [("hello!", "greet"), ("CANCEL MY ORDR", "cancel_order"), ("gud morning", "greet")]
)
def test_it_understands_in_spite_of_typos(text, intent):
    model = fit(TEXTS, INTENTS)
    assert model.intents[int(model.probabilities(text).argmax())] == intent


def test_what_is_saved_answers_the_same(tmp_path):
    model = fit(TEXTS, INTENTS)
    model.save(tmp_path)
    again = LocalModel.load(tmp_path)
    assert again.version == model.version
    for text in ("hello", "cancel", "", "zzz 你好"):
        np.testing.assert_allclose(again.probabilities(text), model.probabilities(text), rtol=1e-5)
    assert {path.suffix for path in tmp_path.iterdir()} == {".npz", ".json"}


def test_a_pickle_in_its_files_is_not_run(tmp_path):
    fit(TEXTS, INTENTS).save(tmp_path)
    np.savez(tmp_path / "weights.npz", idf=np.array([print], dtype=object), weights=np.zeros(1), bias=np.zeros(1))
    with pytest.raises(ValueError, match="allow_pickle"):
        LocalModel.load(tmp_path)


def test_the_same_examples_give_the_same_model():
    assert fit(TEXTS, INTENTS).version == fit(TEXTS, INTENTS).version
    assert fit(TEXTS, INTENTS).version != fit(TEXTS[:5], INTENTS[:5]).version


def test_one_intent_alone_is_refused():
    with pytest.raises(ValueError, match="at least two intents"):
        fit(["a", "b"], ["greet", "greet"])


def test_probabilities_of_any_text_are_probabilities():
    model = fit(TEXTS, INTENTS)
    for text in ("", " ", "x" * 100_000, "\u202e", "W" * 1000 + "!", "9" * 1999):
        started = time.perf_counter()
        found = model.probabilities(text)
        assert time.perf_counter() - started < 0.05
        assert found.min() >= 0
        assert abs(found.sum() - 1) < 1e-5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where is #W2611340?", [("order_id", "#W2611340")]),
        ("w2611340 and 7654321.", [("order_id", "#W2611340"), ("order_id", "#W7654321")]),
        ("Mia.Li3668@Example.com 80279", [("email", "mia.li3668@example.com"), ("zip_code", "80279")]),
        ("ticket t-7733", [("ticket_id", "T-7733")]),
        ("inv 2026 00417", [("invoice_id", "INV 2026 00417")]),
        ("1Z999AA10123456784", [("tracking_id", "1Z999AA10123456784")]),
        ("it was $80279", []),
        ("call 555", []),
        ("SW1A 1AA", [("zip_code", "SW1A 1AA")]),
    ],
)
def test_entities_with_a_form_are_found(text, expected):
    found = find_entities(text)
    assert [(entity.entity, entity.value) for entity in found] == expected
    assert all(text[entity.start : entity.end] == entity.text for entity in found)


@pytest.mark.parametrize("text", ["A" * 1999 + "!", "W1234567 " * 222, "a@" * 1000, "1" * 2000, "T-" * 1000])
def test_no_text_takes_long(text):
    started = time.perf_counter()
    assert len(find_entities(text)) <= 20
    features(text)
    assert time.perf_counter() - started < 0.05
