"""The trained model of a published version, as it was before it was exported."""

from __future__ import annotations

import re
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_model

from contract.wire import BrokenArchive, InvalidInput
from nlu_models.export.pruning import without_layers
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.training.base import WEIGHTS_FILE
from nlu_models.training.encoder import find_encoder
from nlu_models.training.layers import layers_of
from nlu_models.training.model import JointModel, build

_LAYER = re.compile(r"\.layers?\.(\d+)\.")


def load_weights(folder: Path) -> JointModel:
    """The model in ``folder``, with its full weights.

    Raises:
        InvalidInput: the version was published without weights.
        BrokenArchive: the weights are those of another model, or none.
    """
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise InvalidInput(f"Model {folder.name} was published without {WEIGHTS_FILE}: train, then compress that.")
    settings = ModelSettings.load(folder)
    whole = build(find_encoder(settings.encoder), intents=len(settings.intents), tags=len(settings.tags), dropout=0.1)
    try:
        model = without_layers(whole, range(_layers(path), len(layers_of(whole.encoder))))
        load_model(model, path)
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise BrokenArchive(f"{path} does not hold the weights of this version ({error}): train again.") from error
    return model.eval()


def _layers(path: Path) -> int:
    """How many layers the weights have: a training may have left some out."""
    with safe_open(path, framework="pt") as file:
        found = [int(match[1]) for name in file.keys() if (match := _LAYER.search(name))]  # noqa: SIM118
    return 1 + max(found)
