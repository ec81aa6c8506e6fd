"""What shapes the space beside the heads: examples of an intent close together, all near where they were."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

TEMPERATURE = 0.1


def contrast_loss(sentences: Tensor, intents: Tensor) -> Tensor:
    """Supervised contrast (Khosla et al., 2020): each example beside all others of its batch; zero without a pair.

    Args:
        sentences: (batch, width), of length one.
        intents: (batch).
    """
    own = torch.eye(len(intents), dtype=torch.bool, device=intents.device)
    alike = (intents[:, None] == intents[None, :]) & ~own
    likely = functional.log_softmax((sentences @ sentences.T / TEMPERATURE).masked_fill(own, -1e4), dim=1)
    pairs = alike.sum(1)
    losses = -(likely * alike).sum(1) / pairs.clamp(min=1)
    return losses[pairs > 0].mean() if bool((pairs > 0).any()) else sentences.sum() * 0.0


def anchor_loss(sentences: Tensor, anchored: Tensor, anchors: Tensor) -> Tensor:
    """Cosine distance of the examples to where the pretrained encoder put them, mean over the batch.

    Those without an anchor count as unmoved: where they are many, the examples themselves say where they belong.

    Args:
        sentences: (batch, width), of length one.
        anchored: places in the batch of those with an anchor, (some).
        anchors: (some, width), of length one.
    """
    return (1.0 - (sentences[anchored] * anchors).sum(-1)).sum() / len(sentences)
