"""Whether training multiplies in bfloat16: with the processor's matrix unit in a third less time, no less accurate."""

from __future__ import annotations

import functools
import time

import torch

TOKENS, WIDTH, WIDER = 1024, 384, 1536  # a batch in a feed-forward layer of MiniLM
ROUNDS = 5
WORTH = 1.2


@functools.cache
def is_faster(device: torch.device) -> bool:
    """Measured in a tenth of a second: processors that know the type, but have no matrix unit for it, are slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    capabilities = torch.cpu.get_capabilities()
    if not (capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")):
        return False
    return _shortest_s(torch.float32) > WORTH * _shortest_s(torch.bfloat16)


def _shortest_s(kind: torch.dtype) -> float:
    """Seconds of a multiplication, the shortest of some: whatever else runs only makes them longer."""
    left = torch.ones(TOKENS, WIDTH, dtype=kind)
    right = torch.ones(WIDTH, WIDER, dtype=kind)
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        torch.matmul(left, right)
        times.append(time.perf_counter() - began)
    return min(times)
