"""Whether training multiplies in bfloat16: with the processor's matrix unit in a third less time, no less accurate.

A processor that knows the type but has no matrix unit for it may be slower with it. That is not measured: a training
that was killed and goes on must multiply as it did before, however busy the machine is then.
"""

from __future__ import annotations

import torch


def is_faster(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))
