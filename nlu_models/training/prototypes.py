"""Rows of the heads for labels that a base does not know begin as the prototypes of their examples (Snell et al.,
2017): a short training has not the steps to find them from a random beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlu_models.training.dataset import IGNORED, Row, batches
from nlu_models.training.model import JointModel
from nlu_models.training.probe import BATCH, sentence_vectors


def begin_intents(model: JointModel, rows: Sequence[Row], new: Sequence[int], *, device: torch.device) -> None:
    """Set the rows of the intents ``new``, which have examples among ``rows``."""
    vectors = sentence_vectors(model.to(device), rows, device=device)
    intents = torch.tensor([row.intent for row in rows])
    means = {number: vectors[intents == number].mean(dim=0) for number in set(intents.tolist())}
    known = [number for number in range(model.intent_head.out_features) if number not in new]
    _begin(model.intent_head, means, new, known, centre=torch.stack(list(means.values())).mean(dim=0))


def begin_tags(model: JointModel, rows: Sequence[Row], new: Sequence[int], *, device: torch.device) -> None:
    """Set the rows of the tags ``new``; one that no word of ``rows`` has stays as it is, and so do all where the base
    has no entities."""
    means, centre = _means_of_tags(model.to(device), rows, device=device)
    entities = range(1, model.tag_head.out_features)  # the first tag is that of words that are nothing
    known = [number for number in entities if number not in new]
    if known:
        _begin(model.tag_head, means, [number for number in new if number in means], known, centre=centre)


def _begin(
    head: nn.Linear, means: Mapping[int, Tensor], new: Sequence[int], known: Sequence[int], *, centre: Tensor
) -> None:
    """Rows that look from the centre to the label's mean vector, as long as those of ``known`` labels, and at the
    centre as likely as those."""
    with torch.no_grad():
        weight, bias = head.weight.cpu(), head.bias.cpu()
        length, level = weight[known].norm(dim=-1).mean(), (weight[known] @ centre + bias[known]).mean()
        for number in new:
            weight[number] = functional.normalize(means[number] - centre, dim=-1) * length
            bias[number] = level - weight[number] @ centre
        head.weight.copy_(weight)
        head.bias.copy_(bias)


@torch.inference_mode()
def _means_of_tags(model: JointModel, rows: Sequence[Row], *, device: torch.device) -> tuple[dict[int, Tensor], Tensor]:
    """The mean vectors (width) of the tokens of each tag, and of all that have one, on the CPU."""
    model.eval()
    sums = torch.zeros(model.tag_head.out_features, model.tag_head.in_features)
    counts = torch.zeros(model.tag_head.out_features)
    for batch in batches(rows, size=BATCH, pad=model.pad):
        _, states = model.encode(batch.ids.to(device), batch.mask.to(device))
        counted = batch.tags != IGNORED
        tags = batch.tags[counted]
        sums.index_add_(0, tags, states.float().cpu()[counted])
        counts.index_add_(0, tags, torch.ones(len(tags)))
    means = {number: sums[number] / counts[number] for number in counts.nonzero().flatten().tolist()}
    return means, sums.sum(dim=0) / counts.sum()
