"""A smaller model from a larger one: whole layers left out, attention heads cut out of the weights."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from contract.wire import InvalidInput
from nlu_models.training.dataset import IGNORED, Row, batches
from nlu_models.training.layers import keep_layers, layers_of
from nlu_models.training.model import JointModel
from nlu_models.training.trainer import validate

BATCH = 32
_PARTS = ("query", "key", "value")


def without_layers(model: JointModel, gone: Sequence[int]) -> JointModel:
    """A copy without the layers of these numbers, which count from 0."""
    smaller = copy.deepcopy(model)
    kept = [number for number in range(len(layers_of(smaller.encoder))) if number not in gone]
    keep_layers(smaller.encoder, kept)
    return smaller


def least_layers(model: JointModel, rows: Sequence[Row], count: int) -> list[int]:
    """The ``count`` layers whose loss hurts least on ``rows``, found one after the other.

    Raises:
        InvalidInput: no layer would be left.
    """
    total = len(layers_of(model.encoder))
    if not 0 < count < total:
        raise InvalidInput(f"{count} of {total} layers cannot be left out: say 1 to {total - 1}.")
    gone: list[int] = []
    for _ in range(count):
        left = [number for number in range(total) if number not in gone]
        gone.append(max(left, key=lambda number: _worth(without_layers(model, [*gone, number]), rows)))
    return sorted(gone)


def without_heads(model: JointModel, gone: Mapping[int, Sequence[int]]) -> JointModel:
    """A copy without these heads of these layers, which both count from 0: the weight matrices get smaller.

    Raises:
        InvalidInput: the heads of this family cannot be cut out.
    """
    smaller = copy.deepcopy(model)
    attentions = _attentions(smaller)
    for layer, heads in gone.items():
        inner, outer = attentions[layer].self, attentions[layer].output
        size = inner.attention_head_size
        kept = [head for head in range(_heads(inner)) if head not in heads]
        rows = torch.cat([torch.arange(head * size, (head + 1) * size) for head in kept])
        for name in _PARTS:
            setattr(inner, name, _cut(getattr(inner, name), rows, dim=0))
        outer.dense = _cut(outer.dense, rows, dim=1)
        inner.num_attention_heads, inner.all_head_size = len(kept), len(rows)
    return smaller


def least_heads(importance: Tensor, share: float) -> dict[int, list[int]]:
    """The heads of least importance (layers, heads), about ``share`` of all; every layer keeps its best one."""
    best = importance.argmax(dim=1).tolist()
    order = importance.flatten().argsort().tolist()
    width = importance.shape[1]
    spots = [divmod(spot, width) for spot in order]
    chosen = [spot for spot in spots if spot[1] != best[spot[0]]][: round(share * importance.numel())]
    found: dict[int, list[int]] = {}
    for layer, head in sorted(chosen):
        found.setdefault(layer, []).append(head)
    return found


def head_importance(model: JointModel, rows: Sequence[Row]) -> Tensor:
    """By how much the loss on ``rows`` would change without each head, to first order: (layers, heads), each layer's
    of length 1 (Michel et al., 2019).

    Raises:
        InvalidInput: the heads of this family cannot be cut out.
    """
    model.eval()
    attentions = _attentions(model)
    total = torch.zeros(len(attentions), max(_heads(part.self) for part in attentions))
    seen: dict[int, Tensor] = {}
    hooks = [part.output.dense.register_forward_pre_hook(_keep(seen, at)) for at, part in enumerate(attentions)]
    try:
        for batch in batches(rows, size=BATCH, pad=model.pad):
            intents, tags, _ = model(batch.ids, batch.mask)
            loss = functional.cross_entropy(intents, batch.intents)
            loss = loss + functional.cross_entropy(tags.transpose(1, 2), batch.tags, ignore_index=IGNORED)
            contexts = [seen[at] for at in range(len(attentions))]
            for at, (context, slope) in enumerate(zip(contexts, torch.autograd.grad(loss, contexts), strict=True)):
                change = context * slope
                change = change.reshape(*change.shape[:-1], _heads(attentions[at].self), -1).sum(-1)
                total[at, : change.shape[-1]] += change.abs().sum((0, 1)).detach()
    finally:
        for hook in hooks:
            hook.remove()
    return functional.normalize(total, dim=1)


def _keep(seen: dict[int, Tensor], at: int) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    def hook(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
        seen[at] = given[0]

    return hook


def _attentions(model: JointModel) -> list[Any]:
    found: list[Any] = [getattr(layer, "attention", None) for layer in layers_of(model.encoder)]
    if not all(
        isinstance(getattr(getattr(part, "self", None), name, None), nn.Linear) for part in found for name in _PARTS
    ):
        raise InvalidInput(
            f"Heads of {type(model.encoder).__name__} cannot be cut out, only those of BERT, RoBERTa and XLM-R: "
            "choose another kind than heads."
        )
    return found


def _heads(inner: Any) -> int:
    return int(inner.query.out_features // inner.attention_head_size)


def _cut(linear: nn.Linear, kept: Tensor, *, dim: int) -> nn.Linear:
    """``linear`` with only the outputs (dim 0) or the inputs (dim 1) ``kept``."""
    weight = linear.weight.detach().index_select(dim, kept)
    smaller = nn.Linear(weight.shape[1], weight.shape[0], bias=linear.bias is not None)
    with torch.no_grad():
        smaller.weight.copy_(weight)
        if linear.bias is not None:
            smaller.bias.copy_(linear.bias.detach()[kept] if dim == 0 else linear.bias.detach())
    return smaller


def _worth(model: JointModel, rows: Sequence[Row]) -> float:
    return validate(model, rows, epoch=0, device=torch.device("cpu")).value
