"""The split: stable, by groups, once an intent, and nothing crosses."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from contract.nlu import EntitySpan, Example
from nlu_models.data.groups import NEAR, frame, groups, jaccard
from nlu_models.data.holdout import hold_out
from nlu_models.data.rasa_yaml import read
from nlu_models.data.split import main, split
from nlu_models.data.tags import tag_names

WORDS = [
    "lamp",
    "chair",
    "table",
    "sofa",
    "mirror",
    "kettle",
    "toaster",
    "blender",
    "carpet",
    "curtain",
    "pillow",
    "blanket",
]
VERBS = ("find a", "where is the", "does your", "price of some", "compare every")


def write_corpus(folder: Path) -> None:
    lines = [
        f"    - {verb} {word} number {len(word) * 7 + i}"
        for i, (verb, word) in enumerate(itertools.product(VERBS, WORDS))
    ]
    (folder / "nlu").mkdir(parents=True)
    for name in ("one", "two"):
        rows = "\n".join(lines if name == "one" else [line.replace("a", "o") for line in lines])
        text = f'# kept comment\nversion: "3.1"\n\nnlu:\n- intent: {name}\n  examples: |\n{rows}\n'
        (folder / "nlu" / f"{name}.yml").write_text(text)
    (folder / "nlu" / "reviewed").mkdir()
    (folder / "nlu" / "reviewed" / "r.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: one\n  examples: |\n    - mine\n'
    )


def snapshot(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.yml"))}


def test_it_moves_about_a_quarter_and_loses_nothing(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    before = sorted(example.text for example in read(tmp_path / "nlu").examples)
    moved = split(tmp_path / "nlu", tmp_path / "evaluation")
    train = read(tmp_path / "nlu").examples
    held = [*read(tmp_path / "evaluation/validation.yml").examples, *read(tmp_path / "evaluation/test.yml").examples]
    assert sorted(example.text for example in [*train, *held]) == before
    assert moved["validation"] + moved["test"] == len(held) > 0
    assert len(held) <= 0.27 * len(before)
    assert (tmp_path / "nlu/one.yml").read_text().startswith("# kept comment\n")
    assert "mine" in {example.text for example in train}


def test_near_duplicates_do_not_cross(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    split(tmp_path / "nlu", tmp_path / "evaluation")
    train = read(tmp_path / "nlu").examples
    held = read(tmp_path / "evaluation").examples
    for left, right in itertools.product(train, held):
        if left.intent == right.intent:
            assert frame(left) != frame(right)
            assert jaccard(_grams(left.text), _grams(right.text)) < NEAR, (left.text, right.text)


def test_it_is_the_same_everywhere_and_a_second_run_moves_nothing(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_corpus(tmp_path / name)
        split(tmp_path / name / "nlu", tmp_path / name / "evaluation")
    first = snapshot(tmp_path / "a")
    assert first == snapshot(tmp_path / "b")
    assert split(tmp_path / "a/nlu", tmp_path / "a/evaluation") == {"validation": 0, "test": 0}
    assert snapshot(tmp_path / "a") == first


def test_a_new_intent_is_split_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_corpus(tmp_path)
    split(tmp_path / "nlu", tmp_path / "evaluation")
    before = snapshot(tmp_path / "nlu")
    rows = "\n".join(f"    - {word}" for word in WORDS)
    (tmp_path / "nlu" / "new.yml").write_text(f'version: "3.1"\nnlu:\n- intent: new\n  examples: |\n{rows}\n')
    main([str(tmp_path / "nlu"), str(tmp_path / "evaluation")])
    assert capsys.readouterr().out == "Moved 1 examples to validation and 2 to test.\n"
    assert {name: text for name, text in snapshot(tmp_path / "nlu").items() if name != "new.yml"} == before


def test_groups_are_transitive_and_see_through_values() -> None:
    examples = [
        Example(text, "a") for text in ("where is my order", "where is my order now", "hello", "where is my order now?")
    ]
    assert sorted(map(sorted, groups(examples))) == [[0, 1, 3], [2]]


def test_holding_out_keeps_training_examples() -> None:
    examples = [Example(f"{word} {i}", intent) for intent in "ab" for i, word in enumerate(WORDS)] + [Example("x", "c")]
    train, held = hold_out(examples, share=0.2)
    assert sorted(e.text for e in (*train, *held)) == sorted(e.text for e in examples)
    assert 3 <= len(held) <= 5 and {e.intent for e in train} == {"a", "b", "c"}
    assert hold_out(examples, share=0.2) == (train, held)


def test_holding_out_keeps_an_example_of_every_entity() -> None:
    plain = [Example(f"{word} now", intent) for intent in "ab" for word in WORDS]
    rare = [Example("red", "a", (EntitySpan(0, 3, "color"),)), Example("oak", "b", (EntitySpan(0, 3, "wood", "of"),))]
    examples = [*plain, *rare, Example("on oak", "a", (EntitySpan(3, 6, "wood", "on"),))]
    train, held = hold_out(examples, share=0.5)
    assert tag_names(train) == tag_names(examples) and len(held) >= len(plain) // 2 - 2


def _grams(text: str) -> frozenset[str]:
    padded = f" {' '.join(text.casefold().split())} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))
