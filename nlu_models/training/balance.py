"""Rare intents weigh more or are drawn more often, by the square root of their rarity.

By the whole of it a single example would count as much as a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nlu_models.training.dataset import Row


def intent_weights(rows: Sequence[Row], intents: int) -> Tensor:
    """A weight for each intent, (intents): rare ones above 1, frequent ones below, 1 on average over the rows."""
    counts = torch.bincount(torch.tensor([row.intent for row in rows]), minlength=intents).clamp(min=1).float()
    weights = counts.rsqrt()
    return weights * counts.sum() / (weights * counts).sum()


def row_weights(rows: Sequence[Row], intents: int) -> list[float]:
    """How likely each row is drawn, relative to the others."""
    weights = intent_weights(rows, intents).tolist()
    return [weights[row.intent] for row in rows]
