"""A training that is killed goes on, several processes make one version, a search goes on within its budget."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import optuna
import pytest
import torch

from contract.wire import Conflict, InvalidTrainingData
from nlu_models.inference.parser import Parser
from nlu_models.registry.record import TrainingRecord
from nlu_models.registry.store import FOLDER, Registry
from nlu_models.training.__main__ import main
from nlu_models.training.arguments import from_options
from nlu_models.training.checkpoint import ABANDONED_S, Checkpoint
from nlu_models.training.checkpoint import FOLDER as CHECKPOINTS
from nlu_models.training.dataset import Labels, encode, load_tokenizer
from nlu_models.training.model import JointModel, build
from nlu_models.training.on_step import quietly
from nlu_models.training.search import Range, search
from nlu_models.training.trainer import Score, fit
from nlu_models.training.watching import Watcher
from tests.nlu_models.nlu_service_process import LINES, examples_of, tiny_request
from tests.nlu_models.tiny_encoders import make_encoder
from tests.nlu_models.training_process import finish, start, words, write_data

pytestmark = pytest.mark.timeout(600)  # processes that import torch take their time on a busy machine
EXAMPLES = examples_of(LINES)
TORCHRUN = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2")
OPTIONS = {"batch_size": 16, "learning_rate": 5e-3, "precision": "fp32", "device": "cpu"}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder("bert", tmp_path_factory.mktemp("encoders") / "bert", [example.text for example in EXAMPLES])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


class Cut(Watcher):
    """Ends the training after some epochs, as a power cut would."""

    def __init__(self, after: int) -> None:
        self._after = after

    def epoch(self, score: Score) -> None:
        if score.epoch == self._after:
            raise KeyboardInterrupt


@pytest.mark.parametrize("options", [{}, {"tuning": "adalora", "tuning_rank": 4}, {"class_balance": "sampling"}])
def test_it_goes_on_after_the_last_epoch_as_if_nothing_had_been(
    encoder: Path, tmp_path: Path, options: dict[str, object]
) -> None:
    arguments = from_options({**OPTIONS, "encoder": str(encoder), "epochs": 6, "patience": 6, **options})
    labels = Labels.of(EXAMPLES)
    rows = encode(EXAMPLES, labels, load_tokenizer(encoder), max_length=64)

    def fresh() -> JointModel:
        torch.manual_seed(1)
        return build(encoder, intents=len(labels.intents), tags=len(labels.tags), dropout=0.1)

    whole, resumed, checkpoint = fresh(), fresh(), Checkpoint(tmp_path, "f")
    wanted = fit(whole, rows, rows, arguments, on_step=quietly)
    with pytest.raises(KeyboardInterrupt):
        fit(fresh(), rows, rows, arguments, on_step=quietly, checkpoint=checkpoint, watcher=Cut(4))
    told: list[str] = []
    scores = fit(
        resumed,
        rows,
        rows,
        arguments,
        on_step=lambda progress, stage: told.append(stage),
        checkpoint=checkpoint,
    )
    assert sorted(set(told)) == ["epoch 5 of 6", "epoch 6 of 6"]
    assert scores == wanted
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name


def test_a_killed_process_started_again_gives_the_same_model(
    data: Path, encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def arguments(out: str) -> list[str]:
        return words("train", data, tmp_path / out, encoder=str(encoder), epochs=30, patience=30, **OPTIONS)

    folder = tmp_path / "cut" / FOLDER
    process = start(arguments("cut"))
    while not list(folder.glob(f"{CHECKPOINTS}/*.pt")):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert Registry(folder).versions() == []
    for out in ("cut", "whole"):
        assert main(arguments(out)) == 0
    cut, whole = (Registry(tmp_path / name / FOLDER) for name in ("cut", "whole"))
    graphs = [(r.folder(r.versions()[0]) / "model.onnx").read_bytes() for r in (cut, whole)]
    assert graphs[0] == graphs[1]
    assert list(folder.glob(f"{CHECKPOINTS}/*")) == []
    capsys.readouterr()
    assert main(arguments("cut")) == 0
    assert "Nothing has changed" in capsys.readouterr().out


def test_a_broken_checkpoint_is_ignored_and_old_ones_go(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, "f")
    assert checkpoint.load() is None
    checkpoint.save({"scores": [], "weights": {"a": torch.ones(2)}})
    assert list((tmp_path / CHECKPOINTS).iterdir()) == [tmp_path / CHECKPOINTS / "f.pt"]
    old, young = (tmp_path / CHECKPOINTS / name for name in ("old.pt", "young.pt"))
    for path in (old, young):
        path.write_bytes(b"no checkpoint")
    os.utime(old, (0, time.time() - ABANDONED_S - 60))
    assert Checkpoint(tmp_path, "young").load() is None
    checkpoint.remove()
    assert list((tmp_path / CHECKPOINTS).iterdir()) == [young]


@pytest.mark.parametrize(
    "launcher",
    [
        TORCHRUN,
        ("accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--main_process_port", "0"),
    ],
    ids=["torchrun", "accelerate"],
)
def test_two_processes_make_one_version(data: Path, encoder: Path, tmp_path: Path, launcher: tuple[str, ...]) -> None:
    options = {**OPTIONS, "encoder": str(encoder), "epochs": 25, "patience": 25, "least_steps": 50}
    output = finish(start(words("train", data, tmp_path, **options), launcher=launcher))
    registry = Registry(tmp_path / FOLDER)
    (version,) = registry.versions()
    assert output.count("2 processes train together.") == 1, output
    assert output.count(f"{version} on 8 messages") == 1
    results = Parser(registry.folder(version), version=version).parse([example.text for example in EXAMPLES])
    right = sum(result.intent.name == example.intent for result, example in zip(results, EXAMPLES, strict=True))
    assert right >= 0.7 * len(EXAMPLES)


def test_two_processes_learn_in_the_end_what_was_held_out(data: Path, encoder: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    for path in (tmp_path / "data").rglob("validation.yml"):
        path.unlink()
    options = {**OPTIONS, "encoder": str(encoder), "epochs": 10, "patience": 10, "holdout": 0.25}
    output = finish(start(words("train", tmp_path / "data", tmp_path, **options), launcher=TORCHRUN))
    registry = Registry(tmp_path / FOLDER)
    (version,) = registry.versions()
    assert output.count("2 processes train together.") == 1, output
    assert "were held out for it" in output
    assert len(TrainingRecord.load(registry.folder(version)).examples) == len(EXAMPLES)


def test_a_search_ends_with_its_budget_and_goes_on(
    data: Path, encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "var"

    def arguments(trials: int) -> list[str]:
        ranges = ["--range", "learning_rate=1e-3..1e-2", "--range", "batch_size=8,16"]
        budget = ["--study", "mine", "--trials", str(trials), "--minutes", "5"]
        options = {"encoder": str(encoder), "epochs": 3, "least_steps": 12, "precision": "fp32", "seed": 5}
        return words("search", data, out, *budget, *ranges, **options)

    process = start(arguments(400))
    storage = out / FOLDER / ".search" / "mine.db"
    file = storage.with_suffix(".json")
    while not file.is_file():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    process.kill()
    process.communicate()
    before = len(optuna.load_study(study_name="mine", storage=f"sqlite:///{storage}").trials)
    assert main(arguments(before + 3)) == 0
    output = capsys.readouterr().out
    study = optuna.load_study(study_name="mine", storage=f"sqlite:///{storage}")
    done = [trial for trial in study.trials if trial.state.name in ("COMPLETE", "PRUNED")]
    assert len(done) == before + 3 and not [trial for trial in study.trials if trial.state.name == "RUNNING"]
    assert len({trial.params["learning_rate"] for trial in done}) == len(done), "none is tried twice"
    options = json.loads(file.read_text())
    assert options["seed"] == 5 and options.items() >= study.best_params.items()
    assert f"train --options {file}" in output
    assert main(words("train", data, out, "--options", str(file), "--encoder", str(encoder))) == 0
    card = Registry(out / FOLDER)
    (version,) = card.versions()
    assert version in capsys.readouterr().out
    assert f"- learning_rate: {options['learning_rate']}" in (card.folder(version) / "README.md").read_text()


def test_a_search_refuses_what_it_cannot_use(encoder: Path, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    request = tiny_request(encoder=str(encoder), epochs=2, precision="fp32")
    for name, text, said in (
        ("epochs", "6..2", "write the smaller value first"),
        ("epochs", "many", "epochs=many is no range"),
        ("dropout", "0.1..3", "dropout must be at least 0 and at most 0.99, not 3"),
        ("speed", "1..2", "Unknown training options: speed"),
    ):
        with pytest.raises(InvalidTrainingData, match=said):
            search(request, registry=registry, name="s", trials=1, minutes=1, space={name: text})
    assert Range.parse("kept_layers", "[0,2],[]").choices == ([0, 2], [])
    space = {"learning_rate": "1e-3..1e-2"}
    best = search(request, registry=registry, name="s", trials=1, minutes=1, space=space)
    again = search(request, registry=registry, name="s", trials=1, minutes=1, space=space)
    assert again == best, "the budget is spent"
    other = tiny_request(encoder=str(encoder), epochs=2, precision="fp32", seed=99)
    with pytest.raises(Conflict, match="made with other data, options, ranges or code"):
        search(other, registry=registry, name="s", trials=2, minutes=1, space=space)
