"""Dropout whose random numbers cost little on a CPU, where PyTorch draws one for each value, one after the other: an
eighth of a training's time."""

from __future__ import annotations

import torch
from torch import Tensor, nn

VALUES = 256  # of a byte


class ByteDropout(nn.Dropout):
    """``nn.Dropout`` with a byte of a random number for each value; so ``p`` is taken to the nearest 256th."""

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or input.device.type != "cpu":
            return super().forward(input)
        dropped = min(round(VALUES * self.p), VALUES - 1)
        numbers = torch.empty(-(-input.numel() // 8), dtype=torch.int64).random_(-(2**63), None)
        drawn = numbers.view(torch.uint8)[: input.numel()].view(input.shape)
        return input * (drawn >= dropped).to(input.dtype).mul_(VALUES / (VALUES - dropped))


def draw_bytes(module: nn.Module) -> None:
    """Every ``nn.Dropout`` within ``module`` becomes a ``ByteDropout``."""
    for parent in module.modules():
        for name, child in parent.named_children():
            if type(child) is nn.Dropout:
                setattr(parent, name, ByteDropout(child.p))
