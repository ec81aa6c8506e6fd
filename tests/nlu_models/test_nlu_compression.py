"""Smaller models: cut for real, measured beside the full one, published only where they lose little."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_model
from transformers import DebertaV2Config, DebertaV2Model

from contract.nlu import EntitySpan, Example
from contract.settings import ROOT
from contract.wire import InvalidInput, LostTooMuch
from nlu_models.data.rasa_yaml import write
from nlu_models.evaluation.quality import expect, measure
from nlu_models.export.__main__ import main
from nlu_models.export.compress import Data, Options, compress
from nlu_models.export.onnx_export import export
from nlu_models.export.pruning import (
    head_importance,
    least_heads,
    least_layers,
    without_heads,
    without_layers,
)
from nlu_models.export.quantise import WAYS, quantise
from nlu_models.export.weights import load_weights
from nlu_models.inference import tag_priors, transitions
from nlu_models.inference.engine import Engine
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.neighbours import Neighbours
from nlu_models.inference.parser import MODEL_FILE, TOKENIZER_FILE, Parser
from nlu_models.inference.tag_priors import TagPriors
from nlu_models.inference.transitions import Transitions
from nlu_models.inference.vocabulary import PAIRS_FILE, WORDS_FILE, Vocabulary, whole_words
from nlu_models.registry.store import Registry
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.base import WEIGHTS_FILE
from nlu_models.training.dataset import Labels, Row, encode, load_tokenizer, tags_of_words
from nlu_models.training.layers import layers_of
from nlu_models.training.model import JointModel, build
from nlu_models.training.precision import choose_precision
from tests.nlu_models.nlu_service_process import HELD, LINES, examples_of
from tests.nlu_models.small_encoder import make_small_encoder

EXAMPLES = examples_of(LINES)
LABELS = Labels.of(EXAMPLES)
IDS = torch.tensor([[101, 2073, 2003, 2026, 2344, 102], [101, 7592, 102, 0, 0, 0]])
MASK = (IDS > 0).long()
QUIET = {"show": lambda _text: None}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small_encoder(tmp_path_factory.mktemp("encoder"), layers=3)


@pytest.fixture(scope="module")
def joint(encoder: Path) -> JointModel:
    torch.manual_seed(3)
    model = build(encoder, intents=len(LABELS.intents), tags=len(LABELS.tags), dropout=0.1)
    torch.nn.init.normal_(model.intent_head.weight, std=1.0)
    return model.eval()


@pytest.fixture(scope="module")
def rows(encoder: Path) -> list[Row]:
    return encode(EXAMPLES, LABELS, load_tokenizer(encoder), max_length=32)


@pytest.fixture
def registry(tmp_path: Path, joint: JointModel, encoder: Path) -> Registry:
    """Holds one fp32 version with its weights."""
    found = Registry(tmp_path / "nlu_models")
    staged = found.stage()
    settings = ModelSettings(LABELS.intents, LABELS.tags, str(encoder), "fp32", 64, joint.pad, {})
    settings.save(staged)
    tokenizer = load_tokenizer(encoder)
    tokenizer.save(str(staged / TOKENIZER_FILE))
    Vocabulary.of((example.text for example in EXAMPLES), whole_words(tokenizer)).save(staged)
    Transitions.of(tags_of_words(EXAMPLES, LABELS, tokenizer), len(LABELS.tags)).save(staged)
    TagPriors.of(EXAMPLES, LABELS.intents, LABELS.tags).save(staged)
    export(joint, staged / MODEL_FILE)
    save_model(joint, str(staged / WEIGHTS_FILE))
    found.publish(staged, fingerprint="f00d", metrics={})
    return found


@pytest.fixture
def own_words(registry: Registry) -> list[Example]:
    """Messages labelled as the full model understands them: whoever differs from it loses."""
    parser = Parser(registry.folder(registry.versions()[0]), version="full")
    return [
        Example(said.text, said.intent.name, tuple(EntitySpan(e.start, e.end, e.entity) for e in said.entities))
        for said in parser.parse([example.text for example in EXAMPLES])
    ]


def answers(model: JointModel) -> list[torch.Tensor]:
    with torch.inference_mode():
        return list(model(IDS, MASK))


def test_a_head_that_is_cut_out_is_as_if_it_said_nothing(joint: JointModel) -> None:
    cut = without_heads(joint, {0: [1, 2], 2: [0]})
    silent = without_heads(joint, {})
    size = 8
    with torch.no_grad():
        layers_of(silent.encoder)[0].attention.output.dense.weight[:, size : 3 * size] = 0
        layers_of(silent.encoder)[2].attention.output.dense.weight[:, :size] = 0
    for ours, wanted in zip(answers(cut), answers(silent), strict=True):
        torch.testing.assert_close(ours, wanted, rtol=1e-4, atol=1e-4)
    assert layers_of(cut.encoder)[0].attention.self.query.weight.shape == (16, 32), "the weights got smaller"
    assert layers_of(joint.encoder)[0].attention.self.query.weight.shape == (32, 32), "the model itself stays whole"


def test_a_head_that_says_nothing_matters_least(joint: JointModel, rows: list[Row]) -> None:
    model = without_heads(joint, {})
    with torch.no_grad():
        layers_of(model.encoder)[1].attention.output.dense.weight[:, 16:24] = 0
    importance = head_importance(model, rows)
    assert importance.shape == (3, 4) and float(importance[1, 2]) == 0
    assert least_heads(importance, 0.1) == {1: [2]}
    every = least_heads(importance, 0.99)
    assert [len(every[layer]) for layer in range(3)] == [3, 3, 3], "each layer keeps one"


def test_the_layer_that_changes_nothing_goes_first(joint: JointModel, rows: list[Row]) -> None:
    model = without_layers(joint, [])
    idle = layers_of(model.encoder)[1]
    with torch.no_grad():
        for linear in (idle.attention.output.dense, idle.output.dense):
            linear.weight.zero_()
            linear.bias.zero_()
    (gone,) = least_layers(model, rows, 1)
    assert len(layers_of(without_layers(model, [gone]).encoder)) == 2
    for ours, wanted in zip(answers(without_layers(model, [1])), answers(model), strict=True):
        torch.testing.assert_close(ours, wanted, rtol=1e-3, atol=1e-3)
    with pytest.raises(InvalidInput, match="3 of 3 layers cannot be left out: say 1 to 2"):
        least_layers(model, rows, 3)


def test_heads_of_another_family_are_refused() -> None:
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    model = JointModel(DebertaV2Model(DebertaV2Config(vocab_size=50, **sizes)), width=32, intents=2, tags=1, dropout=0)
    with pytest.raises(InvalidInput, match="Heads of DebertaV2Model cannot be cut out"):
        without_heads(model, {0: [1]})


def test_int8_in_blocks_is_the_more_exact_way(registry: Registry, tmp_path: Path) -> None:
    full = registry.folder(registry.versions()[0]) / MODEL_FILE
    texts = [row.text for row in EXAMPLES]
    tokens = [found.ids for found in load_tokenizer(full.parent).encode_batch(texts)]
    wanted = Engine(full, pad_id=0).run(tokens).intents
    gaps = []
    for way in WAYS:
        quantise(full, tmp_path / f"{way}.onnx", way=way)
        assert (tmp_path / f"{way}.onnx").stat().st_size < 0.4 * full.stat().st_size
        gaps.append(float(np.abs(Engine(tmp_path / f"{way}.onnx", pad_id=0).run(tokens).intents - wanted).mean()))
    assert gaps[1] < gaps[0] < 0.2 * float(np.abs(wanted).mean())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["int8-blocks.onnx", "int8.onnx", "nlu_models"]
    engine = Engine(tmp_path / "int8-blocks.onnx", pad_id=0)
    alone = np.concatenate([engine.run([row]).intents for row in tokens])
    assert np.allclose(alone, engine.run(tokens).intents, atol=1e-3), "the company of a message changes nothing"


def test_what_is_expected_is_the_probability_of_the_right_intents(registry: Registry, own_words: list[Example]) -> None:
    parser = Parser(registry.folder(registry.versions()[0]), version="full")
    known = [(row, parser.parse([row.text])[0].intent) for row in own_words]
    right = [(row, intent.confidence) for row, intent in known if row.intent == intent.name]
    assert len(right) > 1 and expect(parser, [row for row, _ in right]).intent_accuracy == pytest.approx(
        sum(confidence for _, confidence in right) / len(right), abs=1e-3
    )
    assert expect(parser, own_words).entity_f1 == measure(parser, own_words).entity_f1


@pytest.mark.parametrize("tolerance", [0.0, 1.0])
def test_a_training_takes_int8_only_where_it_loses_no_more_than_it_may(
    registry: Registry, own_words: list[Example], tolerance: float
) -> None:
    staged = registry.stage()
    for path in registry.folder(registry.versions()[0]).iterdir():
        (staged / path.name).write_bytes(path.read_bytes())
    before = expect(Parser(staged, version="full"), own_words)
    arguments = TrainingArguments(int8_tolerance=tolerance)
    chosen = choose_precision(staged, ModelSettings.load(staged), own_words, arguments).precision
    assert before.lost_with(expect(Parser(staged, version="chosen"), own_words)) <= tolerance
    assert chosen == "int8-blocks" if tolerance else chosen in ("int8-blocks", "fp32")
    assert not (staged / "model.fp32.onnx").exists()


def test_the_best_candidate_becomes_a_version(registry: Registry, own_words: list[Example]) -> None:
    base = registry.versions()[0]
    data = Data(train=EXAMPLES, validation=own_words, test=own_words[:8])
    options = Options(kinds=("int8-blocks", "heads+int8", "layers"), tolerance=1.0, recover=1)
    shown: list[str] = []
    info = compress(registry, base, data, options, show=shown.append)
    folder = registry.verified(info.version)
    assert set(info.metrics) >= {"intent_accuracy", "entity_f1"} and registry.versions()[0] == info.version
    figures = {row["name"]: row for row in json.loads((folder / "compression.json").read_text())}
    assert list(figures) == ["full", *options.kinds]
    assert figures["full"]["lost"] == 0 and figures["full"]["validation"]["intent_accuracy"] == 1.0
    assert figures["layers"]["size_bytes"] < figures["full"]["size_bytes"]
    assert figures["heads+int8"]["size_bytes"] < 0.5 * figures["full"]["size_bytes"]
    card = (folder / "README.md").read_text()
    assert f"Made from {base} by" in card and "| heads+int8 |" in card and "| heads+int8 |" in shown[-1]
    assert Parser(folder, version=info.version).parse(["hello"])[0].intent.name in LABELS.intents
    assert len(Neighbours.load(folder).vectors) == len(EXAMPLES), "corrections reach it too"
    assert not list((registry.root / ".staging").iterdir())
    assert compress(registry, base, data, options, **QUIET) == info, "asked again it makes nothing"


def test_one_that_loses_too_much_is_refused(registry: Registry, own_words: list[Example]) -> None:
    before = registry.versions()
    options = Options(kinds=("layers",), tolerance=0.01, layers=2, recover=0)
    with pytest.raises(LostTooMuch, match=r"loses at most 1\.00 points on validation: layers loses \d+\.\d+\. Nothing"):
        compress(registry, before[0], Data((), own_words, ()), options, **QUIET)
    assert registry.versions() == before and not list((registry.root / ".staging").iterdir())


def test_weights_with_fewer_layers_are_loaded_too(registry: Registry, joint: JointModel, tmp_path: Path) -> None:
    smaller = without_layers(joint, [1])
    ModelSettings.load(registry.folder(registry.versions()[0])).save(tmp_path)
    save_model(smaller, str(tmp_path / WEIGHTS_FILE))
    for ours, wanted in zip(answers(load_weights(tmp_path)), answers(smaller), strict=True):
        torch.testing.assert_close(ours, wanted)


@pytest.mark.parametrize("kinds", [(), ("int4",), ("int8+int8-blocks",), ("heads+heads",), ("",)])
def test_a_candidate_that_makes_no_sense_is_refused(kinds: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match="candidate"):
        Options(kinds=kinds)


def test_the_command_says_what_is_wrong_in_one_sentence(
    registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "evaluation" / "validation.yml", examples_of(HELD))
    bare = registry.stage()
    version = registry.folder(registry.versions()[0])
    for name in (MODEL_FILE, TOKENIZER_FILE, WORDS_FILE, PAIRS_FILE, transitions.FILE, tag_priors.FILE):
        (bare / name).write_bytes((version / name).read_bytes())
    dataclasses.replace(ModelSettings.load(version), synonyms={"crimson": "red"}).save(bare)
    without = registry.publish(bare, fingerprint="cafe", metrics={}).version
    command = ["compress", "--out", tmp_path, "--data", tmp_path / "none", "--evaluation", tmp_path / "evaluation"]
    for given, words in (
        (["--version", "20260101T000000-0123456789ab"], "There is no model version '20260101T000000-0123456789ab'"),
        (["--version", without], f"Model {without} was published without weights.safetensors: train"),
    ):
        assert main([*map(str, command), *given]) == 1
        assert words in capsys.readouterr().err
    process = [sys.executable, "-m", "nlu_models.export", *command, "--kinds", "int4"]
    done = subprocess.run(process, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "'int4' is no candidate" in done.stderr and "Traceback" not in done.stderr
