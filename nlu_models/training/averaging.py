"""Several trainings of one model with few examples: the mean of their weights (model soup: Wortsman et al., 2022)."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Sequence

import torch

from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.checkpoint import Checkpoint
from nlu_models.training.dataset import Row
from nlu_models.training.model import JointModel
from nlu_models.training.on_step import OnStep, part
from nlu_models.training.trainer import Score, are_few, fit
from nlu_models.training.watching import Watcher


def fit_averaged(
    model: JointModel,
    train: Sequence[Row],
    validation: Sequence[Row],
    arguments: TrainingArguments,
    *,
    on_step: OnStep,
    renewed: Callable[[int], Sequence[Row]] | None = None,
    checkpoint: Checkpoint | None = None,
    watcher: Watcher | None = None,
) -> tuple[JointModel, list[Score]]:
    """``fit``, several times where ``train`` is few, with other orders and dropouts. All begin as ``model`` is, which
    becomes the mean of them; with the scores of the first."""
    times = arguments.averaged if are_few(len(train), arguments) else 1
    models: list[JointModel] = []
    scores: list[Score] = []
    for number in range(times):
        one = copy.deepcopy(model) if number + 1 < times else model
        found = fit(
            one,
            train,
            validation,
            dataclasses.replace(arguments, seed=arguments.seed + number),
            on_step=part(on_step, number / times, (number + 1) / times),
            renewed=renewed,
            checkpoint=checkpoint and checkpoint.of(number),
            watcher=None if number else watcher,
        )
        models.append(one)
        scores = scores or found
    return mean_of(models), scores


@torch.no_grad()
def mean_of(models: Sequence[JointModel]) -> JointModel:
    """The last of some models of one form, with the mean of the weights of all. Whole numbers stay as they are."""
    states = [model.state_dict() for model in models]
    for name, weights in states[-1].items():
        if weights.is_floating_point():
            weights.copy_(torch.stack([state[name] for state in states]).mean(0))
    return models[-1]
