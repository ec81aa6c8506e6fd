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
