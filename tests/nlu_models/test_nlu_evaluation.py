"""Figures: metrics, calibration, thresholds, reports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from contract.nlu import Entity, EntitySpan, Example, IntentScore, ParseResult
from contract.wire import InvalidTrainingData
from nlu_models.evaluation import confusion
from nlu_models.evaluation.calibration import auroc, expected_calibration_error, fit_temperature
from nlu_models.evaluation.metrics import entity_scores, intent_scores
from nlu_models.evaluation.report import as_markdown, evaluate
from nlu_models.evaluation.thresholds import fallback_threshold, out_of_scope_threshold
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.scores import energies, is_fallback, mixed, out_of_scope_scores, softmax
from nlu_models.training.arguments import TrainingArguments, from_options


def result(intent: str, confidence: float, *entities: Entity, outside: float = 0.1) -> ParseResult:
    score = IntentScore(intent, confidence)
    return ParseResult("t", score, (score,), entities, outside, confidence < 0.5, "v")


def test_intents_and_entities_are_counted() -> None:
    scores = intent_scores(["a", "a", "b", "b"], ["a", "b", "b", "b"])
    assert scores.micro_f1 == 0.75
    assert (scores.labels["b"].precision, scores.labels["b"].recall) == (pytest.approx(2 / 3), 1.0)
    right = Entity("color", "red", 0, 3, "red")
    off = Entity("color", "red", 0, 4, "red ")
    found = entity_scores([[EntitySpan(0, 3, "color")], [EntitySpan(0, 3, "color")]], [[right], [off]])
    assert found.labels["color"].f1 == 0.5 and found.labels["color"].support == 2


def test_temperature_repairs_overconfidence() -> None:
    random = np.random.default_rng(1)
    expected = random.integers(0, 5, 4000)
    honest = random.normal(size=(4000, 5))
    honest[np.arange(4000), expected] += 2
    assert fit_temperature(honest * 3, expected) == pytest.approx(3 * fit_temperature(honest, expected), rel=0.05)
    scaled = softmax(honest, temperature=fit_temperature(honest, expected))
    right = scaled.argmax(1) == expected
    assert expected_calibration_error(scaled.max(1), right) < 0.05


def test_a_few_messages_hardly_move_the_usual_temperature_and_many_decide() -> None:
    random = np.random.default_rng(2)
    expected = random.integers(0, 5, 4000)
    honest = random.normal(size=(4000, 5))
    honest[np.arange(4000), expected] += 2
    decided = fit_temperature(honest, expected)
    usual = 2.5 * decided
    found = [fit_temperature(honest[:count], expected[:count], usual=usual) for count in (1, 30, 4000)]
    assert found[0] == pytest.approx(usual, rel=0.05) and found[2] == pytest.approx(decided, rel=0.05)
    assert found[0] > found[1] > found[2]


def test_area_under_the_curve() -> None:
    positive = np.array([True, True, False, False])
    assert auroc(np.array([0.9, 0.8, 0.2, 0.1]), positive) == 1.0
    assert auroc(np.array([0.5, 0.5, 0.5, 0.5]), positive) == 0.5
    assert auroc(np.array([0.9]), np.array([True])) is None


def test_thresholds_ask_back_where_it_pays() -> None:
    confidence = np.concatenate([np.full(100, 0.9), np.full(20, 0.3)])
    right = np.concatenate([np.full(100, True), np.full(20, False)])
    assert 0.3 < fallback_threshold(confidence, right, cost=0.4) <= 0.6
    assert fallback_threshold(confidence, np.full(120, True), cost=1.0) < 0.3
    even = np.ones(120)
    assert 0.1 <= out_of_scope_threshold(1 - confidence, right, even, cost=0.4) < 0.7
    seldom = np.concatenate([np.full(100, 1.0), np.full(20, 0.0)])
    mixed = np.linspace(0.0, 0.8, 120)
    assert out_of_scope_threshold(mixed, right, seldom, cost=0.4) > out_of_scope_threshold(mixed, right, even, cost=0.4)


def test_out_of_scope_is_what_the_model_says_and_what_no_intent_knows() -> None:
    intents = ("a", "b", "out_of_scope")
    logits = np.array([[9.0, 0.0, 0.0], [9.0, 9.0, 0.0], [0.0, 0.0, 9.0], [-9.0, -9.0, -9.0]])
    energy = energies(logits, intents)
    assert energy == pytest.approx([np.log(np.exp(9) + 1), 9 + np.log(2), np.log(2), np.log(2) - 9])
    said = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.1, 0.0, 0.9], [0.4, 0.4, 0.2]])
    scores = out_of_scope_scores(said, np.array([5.0, 3.0, 9.0, -1e6]), intents, usual=(5.0, 1.0))
    assert scores == pytest.approx([0.1192, 0.5, 0.9, 1.0], abs=1e-3)
    assert out_of_scope_scores(said[:1], energy[:1], intents, usual=(9.0, 1e-3))[0] < 0.2


def test_a_reading_that_fits_has_more_of_a_say() -> None:
    fits, strange = np.array([9.0, 0.0, 0.0]), np.array([0.0, 2.0, 0.0])
    assert mixed(np.array([fits]), [0.0]) == pytest.approx(fits)
    assert mixed(np.array([fits, fits]), [0.0, -3.0]) == pytest.approx(fits)
    both = mixed(np.array([strange, fits]), [0.0, 0.0])
    assert both.argmax() == 0 and softmax(both)[1] < 0.01
    assert mixed(np.array([strange, fits]), [0.0, -20.0]).argmax() == 1


def test_out_of_scope_is_not_a_fallback() -> None:
    settings = ModelSettings(("a", "b", "out_of_scope"), ("O",), "e", "fp32", 8, 0, {}, 1.0, 0.3, 0.7)
    assert not is_fallback(IntentScore("out_of_scope", 0.9), 0.9, settings)
    assert is_fallback(IntentScore("a", 0.25), 0.75, settings)
    assert is_fallback(IntentScore("a", 0.31), 0.71, settings)
    assert not is_fallback(IntentScore("a", 0.9), 0.1, settings)


def test_a_report_names_its_mistakes(tmp_path: Path) -> None:
    examples = [Example("x | y", "a", source="f:1"), Example("z", "out_of_scope"), Example("w", "a")]
    results = [result("b", 0.9), result("out_of_scope", 0.8, outside=0.95), result("a", 0.4)]
    report = evaluate(examples, results, part="test", warnings=["careful"])
    assert report.metrics["intent_accuracy"] == pytest.approx(2 / 3, abs=1e-5)
    assert report.metrics["out_of_scope_auroc"] == 1.0
    assert report.metrics["fallback_rate"] == pytest.approx(1 / 3, abs=1e-5)
    assert report.confused == (("a", "b", 1),) and report.mistakes[0].source == "f:1"
    text = as_markdown(report)
    assert "| x \\| y | a | b | 0.90 |" in text and "Warning: careful" in text
    confusion.draw(["a", "b"], ["a", "a"], tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    assert evaluate([], [], part="test").metrics == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0"),
        ({"precision": "int4"}, "precision must be one of auto, fp32, int8, int8-blocks, not 'int4'"),
        ({"epoch": 3}, "Unknown training options: epoch"),
        ({"epochs": "many"}, "epochs must be int"),
        ({"encoder": " "}, "encoder is empty"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidTrainingData, match=words):
        from_options(options)
    assert from_options({"epochs": 2}, device="cpu") == TrainingArguments(epochs=2, device="cpu")
