"""Going on from a version: what is new is learned, the rest stays, and the weights are what was published."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from contract.nlu import Example, ModelInfo, TrainRequest
from contract.wire import BrokenArchive, InvalidTrainingData, NotFound, to_json
from nlu_models.evaluation.comparing import predict
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.parser import Parser
from nlu_models.registry.fingerprint import fingerprint
from nlu_models.registry.record import TrainingRecord, data_digest, example_digest
from nlu_models.registry.store import Registry
from nlu_models.training.arguments import TrainingArguments, from_options
from nlu_models.training.base import WEIGHTS_FILE, Base, find_base
from nlu_models.training.dataset import Labels
from nlu_models.training.incremental import grow, plan, sample
from nlu_models.training.pipeline import Trained, train
from tests.nlu_models.nlu_service_process import Service, examples_of, tiny_request

NEW = {
    "gift_card": (
        "i want to buy a [silver](card_kind) gift card|do you sell [golden](card_kind) gift cards|gift cards"
        "|a gift card for my sister please|how much is a [silver](card_kind) gift card|send me a gift card"
    )
}
GROWN = tiny_request()
GROWN = dataclasses.replace(GROWN, examples=(*GROWN.examples, *examples_of(NEW)))


pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that spin while they wait for each other make a training on busy cores many times slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def registry(service: Service, model: ModelInfo, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A copy, so that what is published here is not the newest version of the service that all tests share."""
    return _copy(Registry(service.var_dir / "nlu_models"), model.version, tmp_path_factory.mktemp("grown"))


@pytest.fixture(scope="module")
def grown(registry: Registry, model: ModelInfo) -> Trained:
    return _train(dataclasses.replace(GROWN, base=model.version), registry)


def test_a_version_holds_weights_and_what_it_learned(registry: Registry, model: ModelInfo) -> None:
    folder = registry.verified(model.version)
    weights = load_file(folder / WEIGHTS_FILE)
    assert weights["intent_head.weight"].shape == (4, 384)
    record = TrainingRecord.load(folder)
    digests = {example_digest(example) for example in tiny_request().examples}
    assert (set(record.examples), record.data, record.base) == (digests, data_digest(digests), None)
    assert record.arguments["epochs"] == 3
    assert "the encoder" in (folder / "README.md").read_text()
    assert not [path for path in folder.iterdir() if path.suffix in (".pt", ".bin", ".pkl", ".pth")]


def test_new_intents_and_entities_are_learned_and_the_old_stay(
    registry: Registry, model: ModelInfo, grown: Trained
) -> None:
    info = grown.info
    assert (set(info.intents) - set(model.intents), set(info.entities) - set(model.entities)) == (
        {"gift_card"},
        {"card_kind"},
    )
    assert TrainingRecord.load(registry.folder(info.version)).base == model.version
    before, after = (Parser(registry.verified(name), version=name) for name in (model.version, info.version))
    new = examples_of({"gift_card": "do you have golden gift cards|a gift card please|please send a silver gift card"})
    assert [result.intent.name for result in predict(after, new)] == ["gift_card"] * 3
    old = tiny_request().examples
    right = [sum(e.intent == r.intent.name for e, r in zip(old, predict(p, old), strict=True)) for p in (before, after)]
    assert right[1] >= right[0] - 1


def test_the_same_data_with_another_base_is_another_training() -> None:
    marks = {fingerprint(dataclasses.replace(GROWN, base=base), TrainingArguments()) for base in (None, "a", "b")}
    assert len(marks) == 3


def test_what_has_grown_grows_again_and_a_label_that_is_gone_is_no_answer_any_more(
    registry: Registry, grown: Trained
) -> None:
    examples = (*GROWN.examples, *examples_of({"goodbye": "bye|bye bye|see you later|goodbye then"}))
    parts = (tuple(e for e in part if e.intent != "greet") for part in (examples, GROWN.validation, GROWN.test))
    again = _train(TrainRequest(*parts, options=GROWN.options, base=grown.info.version), registry)
    assert again.info.intents == ("cancel_order", "gift_card", "goodbye", "out_of_scope", "track_order")
    assert any("8 examples of model" in warning for warning in again.report.warnings)
    assert grown.info.version in (registry.folder(again.info.version) / "README.md").read_text()


def test_where_nothing_is_new_the_weights_stay_and_the_synonyms_change(registry: Registry, model: ModelInfo) -> None:
    request = dataclasses.replace(tiny_request(), synonyms={"ruby": "red"}, base=model.version)
    trained = _train(request, registry)
    new, old = (registry.verified(version) for version in (trained.info.version, model.version))
    assert (new / WEIGHTS_FILE).read_bytes() == (old / WEIGHTS_FILE).read_bytes()
    assert ModelSettings.load(new).synonyms == {"ruby": "red"}


@pytest.mark.parametrize(
    ("file", "change"),
    [
        (WEIGHTS_FILE, lambda content: content[: len(content) // 2]),
        (WEIGHTS_FILE, lambda content: content[:-1] + bytes([content[-1] ^ 1])),
        ("training.json", lambda content: content.replace(b'"base": null', b'"base": "x"')),
    ],
)
def test_an_altered_base_is_refused(tmp_path: Path, registry: Registry, model: ModelInfo, file: str, change) -> None:
    copy = _copy(registry, model.version, tmp_path)
    path = copy.root / model.version / file
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BrokenArchive, match=f"{file} was changed"):
        find_base(copy, model.version, GROWN.examples, TrainingArguments())


def test_what_cannot_be_a_base_is_said_at_once(service: Service, model: ModelInfo) -> None:
    missing = service.client.post("/v1/train", json=_body(base="20200101T000000000-0123456789ab"))
    assert (missing.status_code, missing.json()["error_type"]) == (404, "not_found")
    assert "rasa train` without --finetune" in missing.json()["error"]
    few = service.client.post("/v1/train", json={**_body(base=model.version), "examples": _body()["examples"][-6:]})
    assert (few.status_code, few.json()["error_type"]) == (422, "invalid_training_data")


def test_a_base_without_its_old_examples_or_weights_or_encoder_is_refused(
    tmp_path: Path, registry: Registry, model: ModelInfo
) -> None:
    arguments = TrainingArguments()
    with pytest.raises(InvalidTrainingData, match=r"0 of the 32 examples .* rehearses"):
        find_base(registry, model.version, examples_of(NEW), arguments)
    with pytest.raises(NotFound, match="not there any more"):
        find_base(registry, "../x", GROWN.examples, arguments)
    unlike = tmp_path / "encoder"
    unlike.mkdir()
    (unlike / "config.json").write_text("{}")
    with pytest.raises(InvalidTrainingData, match="another one"):
        find_base(registry, model.version, GROWN.examples, dataclasses.replace(arguments, encoder=str(unlike)))
    old = Registry(tmp_path / "old")
    staged = old.stage()
    ModelSettings(("a", "b"), ("O",), "enc", "int8", 64, 0, {}).save(staged)
    version = old.publish(staged, fingerprint="f00d", metrics={}).version
    with pytest.raises(InvalidTrainingData, match="without weights"):
        find_base(old, version, GROWN.examples, arguments)


def test_known_labels_keep_their_rows_wherever_they_move(registry: Registry, model: ModelInfo) -> None:
    arguments = from_options(GROWN.options)
    base = find_base(registry, model.version, GROWN.examples, arguments)
    labels = Labels.of([e for e in GROWN.examples if e.intent != "cancel_order"])
    weights = load_file(base.folder / WEIGHTS_FILE)
    bigger = grow(base, labels, arguments)
    for name, head, old, new in (
        ("intent_head", bigger.intent_head, base.settings.intents, labels.intents),
        ("tag_head", bigger.tag_head, base.settings.tags, labels.tags),
    ):
        for label in set(old) & set(new):
            assert torch.equal(head.weight[new.index(label)], weights[f"{name}.weight"][old.index(label)])


def test_the_work_is_bounded_however_much_there_is(tmp_path: Path) -> None:
    arguments = TrainingArguments()
    old = [Example(f"message {i} of {i % 50}", f"intent{i % 50}") for i in range(10_000)]
    base = _base_of(old, tmp_path)
    for count in (1, 300, 1500):
        new = [Example(f"new message {i}", f"new{i % 3}") for i in range(count)]
        planned = plan(base, [*old, *new], arguments)
        passes = len(planned.examples) * planned.epochs
        assert passes <= arguments.increment_share * arguments.epochs * (len(old) + count)
        assert set(new) <= set(planned.examples) and not planned.warnings
        assert {e.intent for e in planned.examples} == {e.intent for e in (*old, *new)}
    much = plan(base, [*old, *(Example(f"new {i}", "new") for i in range(8000))], arguments)
    assert much.epochs == 1 and "8000 of 18000 examples are new" in much.warnings[0]


def test_a_sample_takes_turns_between_intents_and_between_kinds_of_entities() -> None:
    rows = examples_of({"a": "|".join(f"plain {i}" for i in range(50)) + "|[red](color) one", "b": "x|y"})
    taken = sample(rows, size=5)
    assert [e.intent for e in taken] == ["a", "b", "a", "b", "a"]
    assert any(e.entities for e in taken)
    assert len(sample(rows, size=1000)) == len(rows)


def _train(request: TrainRequest, registry: Registry) -> Trained:
    arguments = from_options(request.options)
    return train(request, arguments, registry=registry, fingerprint="f00d", on_step=lambda progress, stage: None)


def _copy(registry: Registry, version: str, folder: Path) -> Registry:
    copy = Registry(folder / "models")
    (copy.root / version).mkdir(parents=True)
    for path in registry.folder(version).iterdir():
        (copy.root / version / path.name).write_bytes(path.read_bytes())
    return copy


def _body(*, base: str | None = None) -> dict:
    return to_json(dataclasses.replace(GROWN, base=base))


def _base_of(examples: list[Example], folder: Path) -> Base:
    digests = tuple(sorted(map(example_digest, examples)))
    settings = ModelSettings(tuple(sorted({e.intent for e in examples})), ("O",), "enc", "int8", 64, 0, {})
    return Base("v", folder, settings, TrainingRecord(data_digest(digests), "e", {}, digests))
