"""Messages made of two examples, and that a model learns from them that a message can mean two things."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from contract.nlu import Example
from nlu_models.inference.request_borders import BESIDE
from nlu_models.training.arguments import from_options
from nlu_models.training.dataset import IGNORED, Labels, Row, collate, encode, load_tokenizer
from nlu_models.training.joining import ENOUGH, SHORT, joined, joined_rows
from nlu_models.training.model import JointModel, build
from nlu_models.training.on_step import quietly
from nlu_models.training.trainer import fit
from tests.nlu_models.nlu_service_process import LINES, examples_of
from tests.nlu_models.tiny_encoders import make_encoder

EXAMPLES = examples_of(LINES)
MANY = EXAMPLES * (ENOUGH // 8)  # eight lines of each intent
LABELS = Labels.of(EXAMPLES)
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder("bert", tmp_path_factory.mktemp("encoder"), [example.text for example in EXAMPLES])


def test_joined_messages_hold_two_examples_and_their_entities() -> None:
    texts = {example.text.rstrip(): example for example in EXAMPLES}
    made = joined(MANY, share=1.0, seed=1)
    assert len(made) == len(MANY) and len({message.text for message, _ in made}) > len(EXAMPLES)
    for message, second in made:
        first = next(e for text, e in texts.items() if message.text.startswith(text) and e.intent == message.intent)
        other = next(e for e in EXAMPLES if message.text.endswith(e.text) and e.intent == second)
        assert first.intent != other.intent and not {first.intent, other.intent} & BESIDE
        marked = [(message.text[span.start : span.end], span.entity) for span in message.entities]
        assert marked == [(e.text[s.start : s.end], s.entity) for e in (first, other) for s in e.entities]


def test_the_same_seed_joins_the_same_messages() -> None:
    assert joined(MANY, share=0.5, seed=1) == joined(MANY, share=0.5, seed=1)
    assert joined(MANY, share=0.5, seed=1) != joined(MANY, share=0.5, seed=2)
    assert joined(MANY, share=0.0, seed=1) == []


def test_small_talk_long_messages_and_a_single_intent_are_not_joined() -> None:
    assert joined([Example("hello", "greet"), Example("where is it", "track_order")] * ENOUGH, share=1, seed=1) == []
    long = [Example(f"{intent} " * SHORT, intent) for intent in "ab"] * ENOUGH
    assert joined(long, share=1, seed=1) == []


def test_intents_with_few_examples_are_learnt_alone() -> None:
    assert joined(EXAMPLES, share=1.0, seed=1) == []
    rare = [Example(f"wrap it {i}", "gift_wrap") for i in range(ENOUGH - 1)]
    made = joined([*MANY, *rare], share=0.5, seed=1)
    assert len(made) == len(MANY) // 2
    assert all("gift_wrap" not in (message.intent, second) for message, second in made)


def test_rows_know_both_intents_and_the_tags_of_both(encoder: Path) -> None:
    arguments = from_options({"joined": 0.5, "seed": 3})
    tokenizer = load_tokenizer(encoder)
    rows = joined_rows(MANY, LABELS, tokenizer, arguments, max_length=64)
    messages = joined(MANY, share=0.5, seed=3)
    assert [LABELS.intents[row.second or 0] for row in rows] == [second for _, second in messages]
    for row, (message, _) in zip(rows, messages, strict=True):
        tagged = {LABELS.tags[tag][2:] for tag in row.tags if tag not in (IGNORED, 0)}
        assert tagged == {span.entity for span in message.entities}


def test_messages_with_one_intent_have_it_twice() -> None:
    batch = collate([Row([1, 2], 3, [0, 0]), Row([1], 4, [0], second=5)])
    assert batch.intents.tolist() == [3, 4] and batch.seconds.tolist() == [3, 5]


def test_a_model_that_learnt_from_joined_messages_grants_both_intents(encoder: Path) -> None:
    options = {"epochs": 25, "batch_size": 16, "learning_rate": 5e-3, "head_learning_rate": 0.1, "device": "cpu"}
    arguments = from_options({**options, "least_steps": 1, "linear_probe": False, "anchor": 0.0, "joined": 0.25})
    tokenizer = load_tokenizer(encoder)
    alone = encode(EXAMPLES, LABELS, tokenizer, max_length=64)
    both = joined_rows(MANY, LABELS, tokenizer, arguments, max_length=64)
    granted = []
    for rows in ([*alone, *alone], [*alone, *both]):
        of_seeds = []
        for seed in SEEDS:
            torch.manual_seed(seed)
            model = build(encoder, intents=len(LABELS.intents), tags=len(LABELS.tags), dropout=0.1)
            fit(model, rows, (), dataclasses.replace(arguments, seed=seed), on_step=quietly)
            of_seeds.append(mean_granted(model, both))
        granted.append(sum(of_seeds) / len(of_seeds))
    assert granted[1] > max(0.3, 1.2 * granted[0])


@torch.inference_mode()
def mean_granted(model: JointModel, rows: list[Row]) -> float:
    """The share of the less likely of both intents; a half at most."""
    batch = collate(rows)
    shares = model(batch.ids, batch.mask)[0].softmax(-1)
    at = torch.arange(len(rows))
    return float(torch.minimum(shares[at, batch.intents], shares[at, batch.seconds]).mean())
