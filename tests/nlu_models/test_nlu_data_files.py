"""Rasa's files in and out, and what is said about files that are not right."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.nlu import EntitySpan, Example
from contract.wire import InvalidTrainingData
from nlu_models.data.markup import parse_example, to_markup
from nlu_models.data.rasa_yaml import read, write

GOOD = """version: "3.1"

nlu:
- intent: greet
  examples: |
    - hi
    - hello

- intent: track_order
  examples: |
    - where is my [crimson]{"entity": "color", "value": "red"} [dress](product)?
- synonym: blue
  examples: |
    - navy blue
"""


def test_examples_know_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text(GOOD)
    data = read(tmp_path)
    assert [(e.text, e.intent, e.source) for e in data.examples] == [
        ("hi", "greet", f"{path}:6"),
        ("hello", "greet", f"{path}:7"),
        ("where is my crimson dress?", "track_order", f"{path}:11"),
    ]
    assert data.examples[2].entities == (EntitySpan(12, 19, "color", value="red"), EntitySpan(20, 25, "product"))
    assert data.synonyms == {"navy blue": "blue", "crimson": "red"}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD)
    first = read(tmp_path / "a.yml").examples
    write(tmp_path / "b.yml", first, comment="Made by a test.")
    again = read(tmp_path / "b.yml").examples
    assert [(e.text, e.intent, e.entities) for e in again] == [(e.text, e.intent, e.entities) for e in first]


def test_line_breaks_are_written_as_blanks(tmp_path: Path) -> None:
    text = "where is\nmy\r\nred\u2028dress\x85?"
    write(tmp_path / "a.yml", [Example(text, "track_order", (EntitySpan(13, 16, "color"),))])
    (again,) = read(tmp_path / "a.yml").examples
    assert (again.text, again.entities) == ("where is my  red dress ?", (EntitySpan(13, 16, "color"),))


def test_markup_goes_both_ways() -> None:
    line = 'send [2](quantity) [mugs]{"entity": "product", "value": "cup", "role": "gift"} to [Oslo](delivery_city)'
    assert to_markup(parse_example(line, intent="place_order")) == line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nlu:\n- intent: greet\n  examples: |\n    hi\n", "a.yml:4: begin each example with `- `"),
        ("nlu:\n- intent: greet\n", "a.yml:2: this block has no `examples:`"),
        ("nlu: hello\n", "a.yml:1: `nlu:` must be a list"),
        ("nlu:\n- intent: [1\n", "a.yml:3: this is not YAML"),
        ("- a\n", "a.yml:1: keys such as"),
        ('nlu:\n- intent: a\n  examples: |\n    - [x]{"entity" 1}\n', "a.yml:4"),
        ('nlu:\n- intent: a\n  examples: |\n    - [x]{"value": "1"}\n', "names no entity"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.yml").write_text(text)
    with pytest.raises(InvalidTrainingData) as caught:
        read(tmp_path)
    assert words in caught.value.message


def test_other_files_than_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(GOOD.replace("hello", "hell\xf6").encode("latin-1"))
    with pytest.raises(InvalidTrainingData, match=r"a\.yml:7: this is not UTF-8 \(byte 0xf6: .*\)\. Save the file"):
        read(tmp_path)
    (tmp_path / "a.yml").write_text(GOOD + "\x00")
    with pytest.raises(InvalidTrainingData, match=r"a\.yml:15: this is not YAML \(control characters"):
        read(tmp_path)
    with pytest.raises(InvalidTrainingData, match="does not exist"):
        read(tmp_path / "none")


@pytest.mark.parametrize("text", ["", "\n\n", "# later\n"])
def test_an_empty_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yml").write_text(GOOD)
    (tmp_path / "b.yml").write_text(text)
    with pytest.raises(
        InvalidTrainingData, match=r"b\.yml:1: the file is empty\. Write `nlu:` and examples, or remove"
    ):
        read(tmp_path)
