"""The layers of an encoder: which stay in it, and which of them learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from contract.wire import InvalidTrainingData


def layers_of(encoder: nn.Module) -> nn.ModuleList:
    """The stack of transformer layers, whatever the family calls it.

    Raises:
        InvalidTrainingData: the encoder has no such stack.
    """
    config: Any = encoder.config
    for module in encoder.modules():
        if isinstance(module, nn.ModuleList) and len(module) == config.num_hidden_layers:
            return module
    raise InvalidTrainingData(f"Layers of {type(encoder).__name__} cannot be chosen: leave kept_layers and the like.")


def keep_layers(encoder: nn.Module, kept: Sequence[int]) -> None:
    """Remove the layers that are not in ``kept``, which counts from 0 and rises.

    Raises:
        InvalidTrainingData: there is no such layer.
    """
    layers = layers_of(encoder)
    if kept[-1] >= len(layers):
        raise InvalidTrainingData(f"kept_layers names layer {kept[-1]}, but the encoder's last is {len(layers) - 1}.")
    config: Any = encoder.config
    chosen = [layers[number] for number in kept]
    del layers[:]
    layers.extend(chosen)
    config.num_hidden_layers = len(chosen)
    if getattr(config, "layer_types", None) is not None:
        config.layer_types = [config.layer_types[number] for number in kept]


def freeze_layers(encoder: nn.Module, count: int) -> None:
    """Let the embeddings and the first ``count`` layers stay as they are.

    Raises:
        InvalidTrainingData: there are fewer layers.
    """
    layers = layers_of(encoder)
    if count > len(layers):
        raise InvalidTrainingData(f"frozen_layers is {count}, but the encoder has {len(layers)} layers.")
    for module in (getattr(encoder, "embeddings", None), *layers[:count]):
        if isinstance(module, nn.Module):
            module.requires_grad_(False)
