"""Encoders of every family are trained, exported and served; spans are exact whatever their tokenizer does."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.nlu import TrainRequest
from nlu_models.data.tags import word_tags
from nlu_models.inference.parser import Parser
from nlu_models.inference.words import words_of
from nlu_models.registry.store import Registry
from nlu_models.training.arguments import from_options
from nlu_models.training.dataset import load_tokenizer
from nlu_models.training.model import build
from nlu_models.training.pipeline import train
from tests.nlu_models.nlu_service_process import HELD, LINES, examples_of
from tests.nlu_models.tiny_encoders import CONFIGURATIONS, make_encoder

EXAMPLES = examples_of(LINES)
OPTIONS = {"epochs": 20, "patience": 20, "batch_size": 16, "learning_rate": 5e-3, "freeze_embeddings": False}


@pytest.fixture(scope="module", params=sorted(CONFIGURATIONS))
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoders") / request.param
    return make_encoder(request.param, folder, (example.text for example in EXAMPLES))


def test_it_learns_is_exported_and_marks_exact_spans(encoder: Path, tmp_path: Path) -> None:
    options = {**OPTIONS, "encoder": str(encoder), "precision": "fp32", "holdout": 0.2}
    request = TrainRequest(examples=EXAMPLES, validation=EXAMPLES, test=examples_of(HELD), options=options)
    registry = Registry(tmp_path)
    trained = train(
        request, from_options(options), registry=registry, fingerprint="f", on_step=lambda progress, stage: None
    )
    parser = Parser(registry.folder(trained.info.version), version="v", threads=1)
    results = parser.parse([example.text for example in EXAMPLES])
    pairs = list(zip(EXAMPLES, results, strict=True))
    assert sum(result.intent.name == example.intent for example, result in pairs) >= 0.8 * len(pairs)
    wanted = {(e.text, e.text[span.start : span.end]) for e in EXAMPLES for span in e.entities}
    found = {(result.text, entity.text) for result in results for entity in result.entities}
    assert len(wanted & found) >= 0.8 * len(wanted), wanted ^ found
    assert parser.parse(["where is my red dress " * 200])[0].intent.name


def test_all_tokenizers_give_the_same_borders(encoder: Path) -> None:
    tokenizer = load_tokenizer(encoder)
    for example in EXAMPLES:
        for text in (example.text, f"  {example.text},", f"({example.text})"):
            words = words_of(tokenizer.encode(text), text)
            assert [text[word.start : word.end].strip() for word in words] == [text[w.start : w.end] for w in words]
            moved = text.index(example.text)
            for span in example.entities:
                inside = [w for w in words if w.start < span.end + moved and span.start + moved < w.end]
                assert (inside[0].start, inside[-1].end) == (span.start + moved, span.end + moved)
    text = "the red dress"
    tags = word_tags([(w.start, w.end) for w in words_of(tokenizer.encode(text), text)], ())
    assert set(tags) == {"O"}


def test_messages_may_be_as_long_as_the_positions_last(encoder: Path) -> None:
    model = build(encoder, intents=2, tags=3, dropout=0.0)
    assert model.longest == (128 if "modernbert" in encoder.name else 64)
