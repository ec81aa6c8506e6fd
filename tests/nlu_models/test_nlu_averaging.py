"""Few examples are learnt several times, and the weights are averaged."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import pytest
import torch

from contract.nlu import TrainRequest
from nlu_models.registry.store import Registry
from nlu_models.training.arguments import TrainingArguments, from_options
from nlu_models.training.averaging import fit_averaged, mean_of
from nlu_models.training.checkpoint import FOLDER as CHECKPOINTS
from nlu_models.training.checkpoint import Checkpoint
from nlu_models.training.dataset import Labels, Row, encode, load_tokenizer
from nlu_models.training.model import JointModel, build
from nlu_models.training.on_step import quietly
from nlu_models.training.pipeline import train
from nlu_models.training.trainer import Score, fit
from nlu_models.training.watching import Watcher
from tests.nlu_models.nlu_service_process import LINES, examples_of
from tests.nlu_models.tiny_encoders import make_encoder

EXAMPLES = examples_of(LINES)
LABELS = Labels.of(EXAMPLES)
FEW: dict[str, object] = {
    "epochs": 2,
    "least_steps": 8,
    "batch_size": 16,
    "learning_rate": 5e-3,
    "precision": "fp32",
    "device": "cpu",
}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder("bert", tmp_path_factory.mktemp("encoders") / "bert", [example.text for example in EXAMPLES])


@pytest.fixture(scope="module")
def rows(encoder: Path) -> list[Row]:
    return encode(EXAMPLES, LABELS, load_tokenizer(encoder), max_length=64)


def fresh(encoder: Path) -> JointModel:
    torch.manual_seed(1)
    return build(encoder, intents=len(LABELS.intents), tags=len(LABELS.tags), dropout=0.1)


def arguments_of(encoder: Path, **options: object) -> TrainingArguments:
    return from_options({**FEW, "encoder": str(encoder), **options})


def same(one: JointModel, other: JointModel) -> bool:
    states = one.state_dict(), other.state_dict()
    return states[0].keys() == states[1].keys() and all(torch.equal(states[1][n], w) for n, w in states[0].items())


class Epochs(Watcher):
    def __init__(self) -> None:
        self.told: list[int] = []

    def epoch(self, score: Score) -> None:
        self.told.append(score.epoch)


class Cut(Epochs):
    """Ends the training, as a power cut would."""

    def epoch(self, score: Score) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("averaged", [2, 3])
def test_they_are_the_mean_of_trainings_with_other_seeds(encoder: Path, rows: list[Row], averaged: int) -> None:
    arguments = arguments_of(encoder, averaged=averaged)
    alone, scores = [fresh(encoder) for _ in range(averaged)], []
    for number, model in enumerate(alone):
        one = dataclasses.replace(arguments, seed=arguments.seed + number)
        scores.append(fit(model, rows, rows, one, on_step=quietly))
    watcher, told = Epochs(), [0.0]
    found, of_first = fit_averaged(
        fresh(encoder), rows, rows, arguments, on_step=lambda done, _stage: told.append(done), watcher=watcher
    )
    assert not same(alone[0], alone[1]) and same(found, mean_of(alone))
    assert of_first == scores[0] and watcher.told == [1, 2], "the first one is what is watched"
    assert told == sorted(told) and told[-1] == 1.0 and len(told) == 1 + 8 * averaged


def test_weights_are_averaged_and_whole_numbers_are_not(encoder: Path) -> None:
    one, other = fresh(encoder), fresh(encoder)
    with torch.no_grad():
        for weights in one.parameters():
            weights.add_(2.0)
    wanted = {name: weights + weights.is_floating_point() for name, weights in other.state_dict().items()}
    moved = {name for name, _ in other.named_parameters()}
    found = mean_of([one, other])
    assert found is other
    for name, weights in found.state_dict().items():
        expected = wanted[name] if name in moved else one.state_dict()[name]
        assert weights.dtype == one.state_dict()[name].dtype
        torch.testing.assert_close(weights, expected)


@pytest.mark.parametrize("options", [{"least_steps": 1}, {"averaged": 1}], ids=["many", "not wanted"])
def test_many_examples_are_learnt_once(encoder: Path, rows: list[Row], options: dict[str, object]) -> None:
    arguments, once, found = arguments_of(encoder, **options), fresh(encoder), fresh(encoder)
    fit(once, rows, (), arguments, on_step=quietly)
    fit_averaged(found, rows, (), arguments, on_step=quietly)
    assert same(once, found)


def test_a_cut_training_goes_on_with_the_one_that_was_cut(encoder: Path, rows: list[Row], tmp_path: Path) -> None:
    arguments, checkpoint = arguments_of(encoder), Checkpoint(tmp_path, "f")
    whole, _ = fit_averaged(fresh(encoder), rows, rows, arguments, on_step=quietly)
    fit(fresh(encoder), rows, rows, arguments, on_step=quietly, checkpoint=checkpoint.of(0))
    second = dataclasses.replace(arguments, seed=arguments.seed + 1)
    with pytest.raises(KeyboardInterrupt):
        fit(fresh(encoder), rows, rows, second, on_step=quietly, checkpoint=checkpoint.of(1), watcher=Cut())
    other = Checkpoint(tmp_path, "f-again")
    other.save({})
    stages: list[str] = []
    found, _ = fit_averaged(
        fresh(encoder), rows, rows, arguments, on_step=lambda _done, stage: stages.append(stage), checkpoint=checkpoint
    )
    assert same(whole, found) and set(stages) == {"epoch 2 of 2"}, "of the second one"
    checkpoint.remove()
    assert [path.name for path in (tmp_path / CHECKPOINTS).iterdir()] == ["f-again.pt"]


def test_what_only_calibrates_is_learnt_once(encoder: Path, tmp_path: Path) -> None:
    """A part is held out and learnt in the end: that training alone is published."""
    arguments, stages = arguments_of(encoder, holdout=0.25), list[str]()
    request = TrainRequest(examples=EXAMPLES)
    registry = Registry(tmp_path)
    train(request, arguments, registry=registry, fingerprint="f", on_step=lambda _done, stage: stages.append(stage))
    runs = [stage for stage, _ in itertools.groupby(stages) if stage.startswith("epoch ")]
    assert runs == ["epoch 1 of 2", "epoch 2 of 2"] * 3
    assert not list((tmp_path / CHECKPOINTS).iterdir())
