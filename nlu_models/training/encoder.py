"""Finding the pretrained encoder: a folder, an installed package that carries one, or a Hugging Face name."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from contract.wire import InvalidTrainingData

_HASHED = ("config.json", "model.safetensors", "tokenizer.json")


def find_encoder(name: str) -> Path:
    """The folder with ``config.json`` and weights that ``name`` means.

    A Hugging Face name is taken from the local cache or, where there is a network, downloaded.

    Raises:
        InvalidTrainingData: nothing by that name can be loaded.
    """
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return folder
    return _in_package(name) or _from_hub(name)


def encoder_digest(folder: Path) -> str:
    """SHA-256 over configuration, weights and tokenizer: what a fingerprint says about the encoder."""
    digest = hashlib.sha256()
    for name in _HASHED:
        path = folder / name
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _in_package(name: str) -> Path | None:
    module = name.replace("-", "_")
    spec = importlib.util.find_spec(module) if module.isidentifier() else None
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if (folder / "config.json").is_file() else None


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "vocab.txt", "*.model"]))
    except Exception as error:  # the hub client raises many kinds, from several libraries
        raise InvalidTrainingData(
            f"The encoder {name!r} is no folder with a config.json, no installed package with a model folder, and the "
            f"Hugging Face hub did not give it ({type(error).__name__}). Check the name."
        ) from error
