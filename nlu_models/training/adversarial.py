"""The fast gradient method (Miyato et al., 2017): learn also from the embeddings moved where it hurts most."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from nlu_models.training.model import JointModel


class Shift:
    """What is added to the embeddings of a batch, (batch, tokens, width): nothing at first."""

    def __init__(self) -> None:
        self.delta: Tensor | None = None
        self._usual = 1.0  # length of an embedding; another encoder's are longer or shorter

    def turn(self, length: float) -> None:
        """After the backward pass: for each example ``length`` times as far as the batch's embeddings are long, in the
        direction in which its loss grows."""
        assert self.delta is not None and self.delta.grad is not None
        direction = self.delta.grad
        norm = torch.linalg.vector_norm(direction.float(), dim=(1, 2), keepdim=True).clamp(min=1e-12)
        self.delta = (length * self._usual * direction / norm).detach()

    def add(self, _module: object, _inputs: object, output: Tensor) -> Tensor:
        """Forward hook of the embeddings."""
        if self.delta is None:
            self.delta = torch.zeros_like(output, requires_grad=True)
            self._usual = float(torch.linalg.vector_norm(output.detach().float(), dim=-1).mean())
        return output + self.delta


@contextmanager
def shifted(model: JointModel) -> Iterator[Shift]:
    """Within the context the embeddings of ``model`` are moved by the shift, also where they are frozen."""
    encoder: Any = model.encoder
    shift = Shift()
    hook = encoder.get_input_embeddings().register_forward_hook(shift.add)
    try:
        yield shift
    finally:
        hook.remove()
