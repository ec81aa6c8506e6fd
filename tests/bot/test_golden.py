"""The golden messages that a new model must understand."""

from __future__ import annotations

import pytest

from bot.control.golden import GoldenMessage, load_golden
from contract.wire import InvalidTrainingData


def test_labels_are_taken_out_of_the_texts(tmp_path):
    path = tmp_path / "golden.yml"
    path.write_text(
        'version: "3.1"\nnlu:\n  - intent: track_order\n    examples: |\n'
        '      - where is [#W1](order_id)?\n      - in [crimson]{"entity": "color", "value": "red"} please\n'
    )
    assert load_golden(path) == [
        GoldenMessage("where is #W1?", "track_order"),
        GoldenMessage("in crimson please", "track_order"),
    ]


def test_no_file_means_no_messages(tmp_path):
    assert load_golden(tmp_path / "golden.yml") == []


@pytest.mark.parametrize("content", ["", "[]", "nlu: 7", "nlu: [{intent: greet}]", "nlu: [{examples: 3}]", "a: ["])
def test_another_form_is_a_sentence(tmp_path, content):
    path = tmp_path / "golden.yml"
    path.write_text(content)
    with pytest.raises(InvalidTrainingData, match="not a Rasa NLU file"):
        load_golden(path)
