"""The golden messages that a new model must understand."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from http_double import HttpDouble

from bot.control.golden import GoldenMessage, check_golden, load_golden
from contract.wire import InvalidTrainingData, Unavailable


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


@pytest.mark.parametrize("wrong", [0, 1])
async def test_nine_of_ten_are_enough(wrong):
    await _check(ten_with(wrong))


async def test_eight_of_ten_are_not():
    with pytest.raises(Unavailable, match="misunderstands 2 of 10"):
        await _check(ten_with(2))


def ten_with(wrong: int) -> list[GoldenMessage]:
    return [GoldenMessage(f"hello {i}", "bye" if i < wrong else "greet") for i in range(10)]


async def _check(messages: list[GoldenMessage]) -> None:
    double = RasaDouble()
    try:
        async with aiohttp.ClientSession() as http:
            await check_golden(http, double.url, "key", messages)
    finally:
        double.stop()


class RasaDouble(HttpDouble):
    """Understands everything as a greeting."""

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        return 200, {"intent": {"name": "greet"}, "understood_by": "transformer"}


def test_a_file_that_is_not_utf_8_is_a_sentence(tmp_path):
    path = tmp_path / "golden.yml"
    path.write_bytes(b"nlu: \xff")
    with pytest.raises(InvalidTrainingData, match="not a Rasa NLU file"):
        load_golden(path)


@pytest.mark.parametrize("content", ["", "[]", "nlu: 7", "nlu: [{intent: greet}]", "nlu: [{examples: 3}]", "a: ["])
def test_another_form_is_a_sentence(tmp_path, content):
    path = tmp_path / "golden.yml"
    path.write_text(content)
    with pytest.raises(InvalidTrainingData, match="not a Rasa NLU file"):
        load_golden(path)
