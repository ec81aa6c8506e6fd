"""A head that knows the intents before the first step, and where the encoder put their examples before it learnt.

Linear probing, then fine-tuning (Kumar et al., 2022): a logistic regression on the pretrained vectors already
classifies most messages, and an encoder that starts behind it has less to bend.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlu_models.inference.neighbours import spread
from nlu_models.training import bfloat16
from nlu_models.training.dataset import Row, batches
from nlu_models.training.model import JointModel

ENOUGH = 32  # examples of an intent; the next thousand would hardly move its row
BATCH = 64
STRENGTH = 10.0  # of the examples beside the penalty, scikit-learn's C
ITERATIONS = 100


def with_anchors(model: JointModel, rows: Sequence[Row], *, device: torch.device) -> list[Row]:
    """The rows; some of each intent know their sentence vector as the model gives it now."""
    chosen = spread([row.intent for row in rows], per_intent=ENOUGH)
    vectors = sentence_vectors(model, [rows[index] for index in chosen], device=device)
    anchored = list(rows)
    for index, vector in zip(chosen, vectors, strict=True):
        anchored[index] = dataclasses.replace(rows[index], anchor=vector)
    return anchored


def begin_with_probe(model: JointModel, rows: Sequence[Row], *, device: torch.device) -> None:
    """Set the intent head to the logistic regression of the anchors of ``rows`` (multinomial, by L-BFGS)."""
    if all(row.anchor is None for row in rows):
        rows = with_anchors(model, rows, device=device)
    known = [(row.anchor, row.intent) for row in rows if row.anchor is not None]
    vectors = torch.stack([anchor for anchor, _ in known]).to(device)
    intents = torch.tensor([intent for _, intent in known], device=device)
    head = nn.Linear(vectors.shape[1], model.intent_head.out_features, device=device)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    optimiser = torch.optim.LBFGS(head.parameters(), max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        fit = functional.cross_entropy(head(vectors), intents, reduction="sum")
        total = (fit + head.weight.square().sum() / (2 * STRENGTH)) / len(known)
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    model.intent_head.load_state_dict(head.state_dict())


@torch.inference_mode()
def sentence_vectors(model: JointModel, rows: Sequence[Row], *, device: torch.device) -> Tensor:
    """Sentence vectors of all rows, in their order, (rows, width), on the CPU."""
    model.eval()
    order = sorted(range(len(rows)), key=lambda index: len(rows[index].ids))
    vectors = []
    for batch in batches([rows[index] for index in order], size=BATCH, pad=model.pad):
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bfloat16.is_faster(device)):
            sentences, _ = model.encode(batch.ids.to(device), batch.mask.to(device))
        vectors.append(sentences.float().cpu())
    return torch.cat(vectors)[torch.tensor(order).argsort()].clone()
