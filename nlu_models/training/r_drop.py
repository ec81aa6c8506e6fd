"""R-Drop (Liang et al., 2021): two passes with different dropout must agree."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def disagreement(one: Tensor, other: Tensor) -> Tensor:
    """The divergence of two passes over the same messages, both ways; each (messages, intents), logits."""
    left, right = functional.log_softmax(one.float(), -1), functional.log_softmax(other.float(), -1)
    both = [functional.kl_div(a, b, reduction="batchmean", log_target=True) for a, b in ((left, right), (right, left))]
    return (both[0] + both[1]) / 2
