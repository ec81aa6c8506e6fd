"""A head that knows the intents before the first step: each begins as the mean of its examples' vectors.

The encoder was pretrained on sentence similarity, so these prototypes (Snell et al., 2017) already classify
most messages; the training then takes half of the epochs that a random head needs.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from nlu_models.training.dataset import Row, batches
from nlu_models.training.model import JointModel, has_bfloat16

SHARPNESS = 12.0
BATCH = 64
ENOUGH = 32  # examples of an intent for its mean; the next thousand would hardly move it


@torch.inference_mode()
def sentence_vectors(model: JointModel, rows: Sequence[Row], *, device: torch.device) -> tuple[Tensor, Tensor]:
    """Sentence vectors (rows, width) of all rows and the numbers of their intents (rows), on the CPU."""
    model.eval()
    vectors, intents = [], []
    for batch in batches(rows, size=BATCH, pad=model.pad):
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_bfloat16(device)):
            sentences, _ = model.encode(batch.ids.to(device), batch.mask.to(device))
        vectors.append(sentences.float().cpu())
        intents.append(batch.intents)
    return torch.cat(vectors), torch.cat(intents)


def begin_with_prototypes(model: JointModel, rows: Sequence[Row], *, device: torch.device) -> None:
    """Set the intent head to the directions of the intents' mean vectors, away from the mean of all."""
    vectors, intents = sentence_vectors(model, _some_of_each(rows), device=device)
    length = vectors.norm(dim=-1).mean()
    unit = functional.normalize(vectors, dim=-1)
    centre = unit.mean(dim=0)
    count = model.intent_head.out_features
    means = torch.stack([unit[intents == number].mean(dim=0) for number in range(count)])
    weight = functional.normalize(means - centre, dim=-1) * SHARPNESS / length
    with torch.no_grad():
        model.intent_head.weight.copy_(weight)
        model.intent_head.bias.copy_(-(weight @ (centre * length)))


def _some_of_each(rows: Sequence[Row]) -> list[Row]:
    """At most ``ENOUGH`` rows of each intent, spread over all of its rows."""
    by_intent: dict[int, list[Row]] = {}
    for row in rows:
        by_intent.setdefault(row.intent, []).append(row)
    return [row for found in by_intent.values() for row in found[:: -(-len(found) // ENOUGH)]]
