"""The training loop: joint cross-entropy, warm-up and linear decay, early stopping on validation."""

from __future__ import annotations

import copy
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.dataset import IGNORED, Batch, Row, batches
from nlu_models.training.model import JointModel, freeze_embeddings, has_bfloat16, parameter_groups, pick_device
from nlu_models.training.prototypes import begin_with_prototypes

log = logging.getLogger(__name__)
OnStep = Callable[[float, str], None]
EVALUATION_BATCH = 64


@dataclass(frozen=True)
class Score:
    """Validation after an epoch: intent accuracy and tag accuracy in entity words, in [0, 1], and the loss."""

    epoch: int
    intent_accuracy: float
    tag_accuracy: float
    loss: float

    @property
    def value(self) -> float:
        """What early stopping compares; the loss breaks ties."""
        return self.intent_accuracy + 0.5 * self.tag_accuracy - 1e-3 * self.loss


def fit(
    model: JointModel,
    train: Sequence[Row],
    validation: Sequence[Row],
    arguments: TrainingArguments,
    *,
    on_step: OnStep,
) -> list[Score]:
    """Train in place and leave the weights of the best epoch in ``model``.

    Args:
        on_step: told the progress in [0, 1] and a short stage, after every step.

    Returns:
        The validation scores of the epochs.
    """
    torch.manual_seed(arguments.seed)
    device = pick_device(arguments.device)
    model.to(device)
    if arguments.prototypes:
        begin_with_prototypes(model, train, device=device)
    if arguments.freeze_embeddings:
        freeze_embeddings(model)
    optimiser = _optimiser(model, arguments, device)
    total = arguments.epochs * -(-len(train) // arguments.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, total, arguments.warmup))
    shuffle = random.Random(arguments.seed)  # noqa: S311 - an order, not a secret
    scores: list[Score] = []
    best, best_weights = -1.0, copy.deepcopy(model.state_dict())
    for epoch in range(1, arguments.epochs + 1):
        model.train()
        for batch in batches(train, size=arguments.batch_size, shuffle=shuffle, pad=model.pad):
            _step(model, batch, optimiser, arguments, device)
            schedule.step()
            on_step(schedule.last_epoch / total, f"epoch {epoch} of {arguments.epochs}")
        scores.append(validate(model, validation, epoch=epoch, device=device))
        log.info("%s", scores[-1])
        if scores[-1].value > best:
            best, best_weights = scores[-1].value, copy.deepcopy(model.state_dict())
        elif _stale(scores) >= arguments.patience:
            break
    model.load_state_dict(best_weights)
    model.to("cpu").eval()
    return scores


@torch.inference_mode()
def validate(model: JointModel, rows: Sequence[Row], *, epoch: int, device: torch.device) -> Score:
    """The score of ``model`` on ``rows``. Tag accuracy counts tokens that are or are taken for an entity."""
    model.eval()
    right = tags_right = tags_all = 0
    loss = 0.0
    for batch in batches(rows, size=EVALUATION_BATCH, pad=model.pad):
        intents, tags, _ = model(batch.ids.to(device), batch.mask.to(device))
        intents, tags = intents.cpu(), tags.cpu().argmax(-1)
        loss += float(functional.cross_entropy(intents, batch.intents, reduction="sum"))
        right += int((intents.argmax(-1) == batch.intents).sum())
        counted = (batch.tags != IGNORED) & ((batch.tags > 0) | (tags > 0))
        tags_right += int((tags == batch.tags)[counted].sum())
        tags_all += int(counted.sum())
    return Score(epoch, right / max(len(rows), 1), tags_right / max(tags_all, 1), loss / max(len(rows), 1))


def _step(
    model: JointModel,
    batch: Batch,
    optimiser: torch.optim.Optimizer,
    arguments: TrainingArguments,
    device: torch.device,
) -> None:
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_bfloat16(device)):
        intents, tags, _ = model(batch.ids.to(device), batch.mask.to(device))
        loss = _loss(intents, tags, batch, arguments, device)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()


def _loss(intents: Tensor, tags: Tensor, batch: Batch, arguments: TrainingArguments, device: torch.device) -> Tensor:
    intent_loss = functional.cross_entropy(intents, batch.intents.to(device), label_smoothing=arguments.label_smoothing)
    tag_loss = functional.cross_entropy(tags.transpose(1, 2), batch.tags.to(device), ignore_index=IGNORED)
    return intent_loss + arguments.entity_weight * tag_loss


def _optimiser(model: JointModel, arguments: TrainingArguments, device: torch.device) -> torch.optim.Optimizer:
    groups = parameter_groups(
        model,
        learning_rate=arguments.learning_rate,
        head_learning_rate=arguments.head_learning_rate,
        weight_decay=arguments.weight_decay,
        prototypes=arguments.prototypes,
    )
    return torch.optim.AdamW(groups, fused=device.type in ("cpu", "cuda"))


def _rate(step: int, total: int, warmup: float) -> float:
    rising = max(1, round(total * warmup))
    if step < rising:
        return (step + 1) / rising
    return max(0.0, (total - step) / max(1, total - rising))


def _stale(scores: Sequence[Score]) -> int:
    values = [score.value for score in scores]
    return len(values) - 1 - values.index(max(values))
