"""Several processes, one training: each takes its part of every batch, and they agree on the mean of the gradients.

``torchrun`` and ``accelerate launch`` start the processes and tell each its number; alone, all of this does nothing.
Every process does the same steps with the same weights, so nothing but gradients and scores has to travel.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import distributed, nn


def is_first() -> bool:
    """Whether this process is the one that writes, publishes and prints. Asks the environment: true before joining."""
    return int(os.environ.get("RANK", "0")) == 0


@contextmanager
def joined(device: str) -> Iterator[None]:
    """Take part in the training that the launcher started, if one did; ``device`` as in the training arguments."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    on_gpu = device != "cpu" and torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    distributed.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def share() -> tuple[int, int]:
    """This process's number, and how many there are."""
    if not distributed.is_initialized():
        return 0, 1
    return distributed.get_rank(), distributed.get_world_size()


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace every gradient by its mean over the processes, in one message."""
    count = share()[1]
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if count == 1 or not gradients:
        return
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    parts = torch.split(flat / count, [gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def sums(values: Sequence[float], device: torch.device) -> list[float]:
    """Each value summed over the processes, so that all of them decide alike."""
    if share()[1] == 1:
        return list(values)
    total = torch.tensor(values, dtype=torch.float64, device=device)
    distributed.all_reduce(total)
    return [float(value) for value in total.tolist()]
