"""The training loop: joint cross-entropy, warm-up and linear decay, early stopping on validation."""

from __future__ import annotations

import copy
import itertools
import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlu_models.training import bfloat16
from nlu_models.training.adapters import Adapters
from nlu_models.training.adversarial import shifted
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.balance import intent_weights, row_weights
from nlu_models.training.checkpoint import Checkpoint
from nlu_models.training.contrast import anchor_loss, contrast_loss
from nlu_models.training.dataset import IGNORED, Batch, Row, batches
from nlu_models.training.distillation import soft_loss
from nlu_models.training.layers import freeze_layers
from nlu_models.training.model import JointModel, freeze_embeddings, parameter_groups, pick_device
from nlu_models.training.on_step import OnStep
from nlu_models.training.probe import begin_with_probe
from nlu_models.training.r_drop import disagreement
from nlu_models.training.team import average_gradients, is_first, share, sums
from nlu_models.training.watching import Watcher

log = logging.getLogger(__name__)
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
    renewed: Callable[[int], Sequence[Row]] | None = None,
    checkpoint: Checkpoint | None = None,
    watcher: Watcher | None = None,
) -> list[Score]:
    """Train in place and leave the weights of the best epoch in ``model``; of the last one without ``validation``.

    Every epoch has its own seed, so one that goes on from a checkpoint draws what it would have drawn.

    Args:
        on_step: told the progress in [0, 1] and a short stage, after every step.
        renewed: the rows of an epoch (from 1) where they are not always ``train``; as many.
        checkpoint: where a training that was cut off goes on, and what is written after every epoch.
        watcher: told the losses and scores.

    Returns:
        The validation scores of the epochs.
    """
    run = _Run(model, train, arguments)
    scores, best_weights = run.resume(checkpoint)
    watcher = watcher or Watcher()
    for epoch in range(len(scores) + 1, arguments.epochs + 1):
        if validation and _stale(scores) >= arguments.patience:
            break
        model.train()
        torch.manual_seed(1_000_003 * arguments.seed + 1_009 * epoch + share()[0])
        rows = renewed(epoch) if renewed else train
        for group in _grouped(run.batches(rows, epoch), arguments.accumulation):
            loss = run.step(group)
            if watcher.wants_steps:
                watcher.step(run.done, float(loss), float(run.schedule.get_last_lr()[0]))
            on_step(run.done / run.total, f"epoch {epoch} of {arguments.epochs}")
        scores.append(validate(model, validation, epoch=epoch, device=run.device))
        log.info("%s", scores[-1])
        if not validation or scores[-1].value > max((score.value for score in scores[:-1]), default=-1.0):
            best_weights = copy.deepcopy(model.state_dict())
        if checkpoint is not None and is_first():
            checkpoint.save(run.state(scores, best_weights))
        watcher.epoch(scores[-1])
    model.load_state_dict(best_weights)
    run.adapters.merge()
    model.to("cpu").eval()
    return scores


class _Run:
    """The moving parts of one training."""

    def __init__(self, model: JointModel, train: Sequence[Row], arguments: TrainingArguments) -> None:
        torch.manual_seed(arguments.seed)
        self.model, self.arguments = model, arguments
        self.device = pick_device(arguments.device)
        model.to(self.device)
        if arguments.linear_probe:
            begin_with_probe(model, train, device=self.device)
        if arguments.freeze_embeddings:
            freeze_embeddings(model)
        if arguments.frozen_layers:
            freeze_layers(model.encoder, arguments.frozen_layers)
        self.passes, steps = _lengths(len(train), arguments)
        self.total = arguments.epochs * steps
        self.adversarial_every = arguments.adversarial_every if self.passes == 1 else 1
        self.done = 0
        # OFT hands on its input's precision, on which DeBERTa's attention then stumbles.
        self.bfloat16 = bfloat16.is_faster(self.device) and arguments.tuning != "oft"
        self.adapters = Adapters(model, arguments, steps=self.total)
        model.to(self.device)
        self.optimiser = _optimiser(model, arguments, self.device)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda step: _rate(step, self.total, arguments.warmup)
        )
        intents = model.intent_head.out_features
        self.loss_weights = None
        if arguments.class_balance == "loss":
            self.loss_weights = intent_weights(train, intents).to(self.device)

    def batches(self, rows: Sequence[Row], epoch: int) -> Iterator[Batch]:
        """The batches of an epoch, this process's part of each."""
        shuffle = random.Random(f"{self.arguments.seed}/{epoch}")  # noqa: S311 - an order, not a secret
        size, pad, weights = self.arguments.batch_size, self.model.pad, None
        if self.arguments.class_balance == "sampling":
            weights = row_weights(rows, self.model.intent_head.out_features)
        for _ in range(self.passes):
            yield from batches(rows, size=size, shuffle=shuffle, pad=pad, weights=weights, share=share())

    def step(self, group: Sequence[Batch]) -> Tensor:
        """One step of the optimiser with the gradients of ``group``; the mean loss."""
        self.optimiser.zero_grad()
        adversarial = self.arguments.adversarial if self.done % self.adversarial_every == 0 else 0.0
        loss = torch.stack([self._gradients(batch, 1 / len(group), adversarial) for batch in group]).sum()
        average_gradients(self.model.parameters())
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.done += 1
        self.adapters.allocate(self.done)
        self.schedule.step()
        return loss

    def state(self, scores: Sequence[Score], best_weights: dict[str, Tensor]) -> dict[str, Any]:
        """All that ``resume`` needs: tensors and plain values."""
        return {
            "scores": [vars(score) for score in scores],
            "best": best_weights,
            "weights": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.last_epoch,
            "adapters": self.adapters.state(),
        }

    def resume(self, checkpoint: Checkpoint | None) -> tuple[list[Score], dict[str, Tensor]]:
        """The scores so far and the best weights: of the checkpoint, or of the beginning."""
        state = checkpoint.load() if checkpoint is not None else None
        if state is None:
            return [], copy.deepcopy(self.model.state_dict())
        scores = [Score(**score) for score in state["scores"]]
        log.info("going on after epoch %s", len(scores))
        self.model.load_state_dict(state["weights"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.adapters.restore(state["adapters"])
        self.done = self.schedule.last_epoch = state["schedule"]
        return scores, state["best"]

    def _gradients(self, batch: Batch, part: float, adversarial: float) -> Tensor:
        """Add ``part`` of the batch's gradients to those that are there; ``part`` of its loss."""
        if not adversarial:
            return self._backward(batch, part)
        with shifted(self.model) as shift:
            loss = self._backward(batch, part / 2)
            shift.turn(adversarial)
            return loss + self._backward(batch, part / 2)

    def _backward(self, batch: Batch, part: float) -> Tensor:
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bfloat16):
            loss = self._loss(batch) + self.adapters.penalty()
        loss = part * loss
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _loss(self, batch: Batch) -> Tensor:
        ids, mask = batch.ids.to(self.device), batch.mask.to(self.device)
        if not self.arguments.r_drop:
            intents, tags, sentences = self.model(ids, mask)
            return self._of_a_pass(intents, tags, sentences, batch)
        intents, tags, sentences = self.model(ids.repeat(2, 1), mask.repeat(2, 1))
        passes = [
            self._of_a_pass(of_intents, of_tags, of_sentences, batch)
            for of_intents, of_tags, of_sentences in zip(
                intents.chunk(2), tags.chunk(2), sentences.chunk(2), strict=True
            )
        ]
        return (passes[0] + passes[1]) / 2 + self.arguments.r_drop * disagreement(*intents.chunk(2))

    def _of_a_pass(self, intents: Tensor, tags: Tensor, sentences: Tensor, batch: Batch) -> Tensor:
        options = self.arguments
        loss = self._of_labels(intents, tags, batch)
        if batch.soft_intents is not None:
            taught = soft_loss(
                intents,
                tags,
                batch,
                temperature=options.distillation_temperature,
                entity_weight=options.entity_weight,
            )
            loss = (1 - options.distillation_weight) * loss + options.distillation_weight * taught
        if options.contrast:
            alone = batch.intents == batch.seconds
            expected = batch.intents[alone].to(self.device)
            loss = loss + options.contrast * contrast_loss(sentences[alone].float(), expected)
        if options.anchor and batch.anchored is not None and batch.anchors is not None:
            anchored, anchors = batch.anchored.to(self.device), batch.anchors.to(self.device)
            loss = loss + options.anchor * anchor_loss(sentences.float(), anchored, anchors)
        return loss

    def _of_labels(self, intents: Tensor, tags: Tensor, batch: Batch) -> Tensor:
        smoothing, weight = self.arguments.label_smoothing, self.loss_weights
        of_intents, of_seconds = (
            functional.cross_entropy(intents, expected.to(self.device), weight=weight, label_smoothing=smoothing)
            for expected in (batch.intents, batch.seconds)
        )
        of_tags = functional.cross_entropy(tags.transpose(1, 2), batch.tags.to(self.device), ignore_index=IGNORED)
        return (of_intents + of_seconds) / 2 + self.arguments.entity_weight * of_tags


@torch.inference_mode()
def validate(model: JointModel, rows: Sequence[Row], *, epoch: int, device: torch.device) -> Score:
    """The score of ``model`` on ``rows``. Tag accuracy counts tokens that are or are taken for an entity."""
    model.eval()
    right = tags_right = tags_all = loss = 0.0
    number, count = share()
    for batch in batches(rows[number::count], size=EVALUATION_BATCH, pad=model.pad):
        intents, tags, _ = model(batch.ids.to(device), batch.mask.to(device))
        intents, tags = intents.cpu(), tags.cpu().argmax(-1)
        loss += float(functional.cross_entropy(intents, batch.intents, reduction="sum"))
        right += int((intents.argmax(-1) == batch.intents).sum())
        counted = (batch.tags != IGNORED) & ((batch.tags > 0) | (tags > 0))
        tags_right += int((tags == batch.tags)[counted].sum())
        tags_all += int(counted.sum())
    right, tags_right, tags_all, loss = sums((right, tags_right, tags_all, loss), device)
    return Score(epoch, right / max(len(rows), 1), tags_right / max(tags_all, 1), loss / max(len(rows), 1))


def are_few(examples: int, arguments: TrainingArguments) -> bool:
    """Whether an epoch goes through so many examples several times."""
    return _lengths(examples, arguments)[0] > 1


def _grouped(found: Iterable[Batch], size: int) -> Iterator[list[Batch]]:
    batches_left = iter(found)
    while group := list(itertools.islice(batches_left, size)):
        yield group


def _optimiser(model: JointModel, arguments: TrainingArguments, device: torch.device) -> torch.optim.Optimizer:
    groups = parameter_groups(
        model,
        learning_rate=arguments.learning_rate,
        head_learning_rate=arguments.head_learning_rate,
        weight_decay=arguments.weight_decay,
        linear_probe=arguments.linear_probe,
    )
    return torch.optim.AdamW(groups, fused=device.type in ("cpu", "cuda"))


def _lengths(examples: int, arguments: TrainingArguments) -> tuple[int, int]:
    """How often an epoch goes through the examples, and its steps. Few examples are seen more often."""
    batches_of_a_pass = -(-examples // arguments.batch_size)
    wanted = arguments.least_steps * arguments.accumulation
    passes = max(1, -(-wanted // (arguments.epochs * batches_of_a_pass)))
    return passes, -(-passes * batches_of_a_pass // arguments.accumulation)


def _rate(step: int, total: int, warmup: float) -> float:
    rising = max(1, round(total * warmup))
    if step < rising:
        return (step + 1) / rising
    return max(0.0, (total - step) / max(1, total - rising))


def _stale(scores: Sequence[Score]) -> int:
    values = [score.value for score in scores]
    return len(values) - 1 - values.index(max(values)) if values else 0
