"""Who watches a training: nobody, TensorBoard, or a search that ends it early."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlu_models.training.trainer import Score

FOLDER = ".tensorboard"


class Watcher:
    """Hears of every step and every epoch; this one forgets them."""

    wants_steps = False  # reading the loss makes a GPU wait

    def step(self, number: int, loss: float, rate: float) -> None:
        """After step ``number`` (from 1): its loss and the encoder's learning rate."""

    def epoch(self, score: Score) -> None:
        """After a validation. May raise to end the training."""

    def close(self) -> None:
        """The training is over."""


class TensorBoard(Watcher):
    """Event files in ``folder``, for ``tensorboard --logdir``."""

    wants_steps = True

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer: Any = SummaryWriter(str(folder))  # type: ignore[no-untyped-call]

    def step(self, number: int, loss: float, rate: float) -> None:
        self._writer.add_scalar("training/loss", loss, number)
        self._writer.add_scalar("training/learning_rate", rate, number)

    def epoch(self, score: Score) -> None:
        for name in ("intent_accuracy", "tag_accuracy", "loss"):
            self._writer.add_scalar(f"validation/{name}", getattr(score, name), score.epoch)

    def close(self) -> None:
        self._writer.close()
