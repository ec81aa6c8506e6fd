"""Training data that would teach nonsense are refused with place and remedy."""

from __future__ import annotations

import pytest

from contract.nlu import EntitySpan, Example
from contract.wire import InvalidTrainingData
from nlu_models.data.checks import check

GOOD = (
    Example("hi", "greet"),
    Example("hello", "greet"),
    Example("red shirt", "search", (EntitySpan(0, 3, "color"),), "data/nlu/a.yml:3"),
    Example("blue shirt", "search", (EntitySpan(0, 4, "color"),)),
)


def bad(text: str, *spans: EntitySpan, intent: str = "search") -> Example:
    return Example(text, intent, spans, "data/nlu/b.yml:9")


@pytest.mark.parametrize(
    ("example", "words"),
    [
        (bad("red", EntitySpan(0, 9, "color")), "0..9 of 'color' is outside of the text (3 characters). Mark"),
        (bad("red", EntitySpan(2, 1, "color")), "outside of the text"),
        (bad("red", EntitySpan(-1, 2, "color")), "outside of the text"),
        (bad("redder", EntitySpan(0, 3, "color")), "'red' (color) begins or ends inside a word"),
        (bad("a red", EntitySpan(1, 5, "color")), "or with a space. Mark whole words."),
        (bad("red shoe", EntitySpan(0, 8, "product"), EntitySpan(0, 3, "color")), "overlap. Keep one of them."),
        (bad("  "), "The text is empty. Write a message or remove the line."),
        (bad("HI "), "'HI ' is 'search' here and 'greet' in example 'hi'. Remove one of the two."),
        (bad("alone", intent="only"), "'only' has this one example only. Write at least two"),
    ],
)
def test_a_bad_example_is_named(example: Example, words: str) -> None:
    with pytest.raises(InvalidTrainingData) as caught:
        check([*GOOD, example])
    assert caught.value.message.startswith("data/nlu/b.yml:9: ")
    assert words in caught.value.message


def test_labels_that_training_lacks_are_unknown() -> None:
    with pytest.raises(InvalidTrainingData) as caught:
        check(GOOD, [Example("x", "nothing", source="v.yml:4")], [bad("red", EntitySpan(0, 3, "colour"))])
    assert "v.yml:4: The validation set has the label 'nothing'" in caught.value.message
    assert "data/nlu/b.yml:9: The test set has the label 'colour'" in caught.value.message
    with pytest.raises(InvalidTrainingData, match="The validation set has the label 'color/from'"):
        check(GOOD, [Example("red", "search", (EntitySpan(0, 3, "color", role="from"),))])


def test_nothing_and_a_single_intent_teach_nothing() -> None:
    with pytest.raises(InvalidTrainingData, match="no examples"):
        check([])
    with pytest.raises(InvalidTrainingData, match="Add a second intent"):
        check(GOOD[:2])


def test_only_ten_problems_are_told() -> None:
    with pytest.raises(InvalidTrainingData) as caught:
        check([*GOOD, *(bad(f"red {i}", EntitySpan(0, 99, "color")) for i in range(14))])
    assert caught.value.message.count("\n") == 10 and caught.value.message.endswith("... and 4 more.")


def test_duplicates_count_once_and_leaks_are_told() -> None:
    data = check([*GOOD, Example("Hi", "greet")], [Example("hello", "greet")])
    assert len(data.train) == 4
    assert any("more than once" in warning for warning in data.warnings)
    assert any("1 messages of the validation set are training examples" in warning for warning in data.warnings)
    assert any("no example of search" in warning for warning in data.warnings)


def test_more_intents_than_can_be_trained_are_refused() -> None:
    many = [Example(f"text {n} {i}", f"intent_{n}", (), f"a.yml:{2 * n + i}") for n in range(10_000) for i in range(2)]
    with pytest.raises(InvalidTrainingData) as caught:
        check(many, many[:5000])
    first = caught.value.message.splitlines()[0]
    assert first.startswith("a.yml:2000: There are 10000 intents, and 'intent_1000' is one more than the 1000 that")
    assert "Merge intents" in first
    assert len(check(many[:2000]).train) == 2000


@pytest.mark.timeout(120)
def test_many_examples_take_time_in_proportion() -> None:
    """With a look at every pair this would take an hour."""
    many = [Example(f"text {n}", f"intent_{n % 900}", (EntitySpan(0, 4, "x"),)) for n in range(150_000)]
    assert len(check(many, many[:900], many[900:1800]).train) == 150_000
    twice = [*many[:75_000], *(Example(row.text, "intent_0", row.entities) for row in many[:75_000])]
    with pytest.raises(InvalidTrainingData, match=r"and \d{5} more"):
        check(twice)


def test_an_intent_that_validation_lacks_is_told_and_trained() -> None:
    data = check(GOOD, [Example("good day", "greet")])
    assert "The validation set has no example of search." in data.warnings
    assert {example.intent for example in data.train} == {"greet", "search"}
