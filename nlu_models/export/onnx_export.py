"""The trained model as an ONNX graph with free batch size and length."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from contract.wire import BrokenArchive
from nlu_models.inference.engine import INPUTS, OUTPUTS
from nlu_models.training.model import JointModel

OPSET = 17
TOLERANCE = 1e-3


def export(model: JointModel, path: Path) -> None:
    """Write ``model`` (on the CPU) to ``path`` in fp32, and prove on a padded batch that both agree.

    Inputs ``input_ids`` and ``attention_mask`` are int64 (batch, tokens); outputs are the logits of the
    intents (batch, intents) and of the tags (batch, tokens, tags), and the sentences' vectors (batch, width).

    Raises:
        BrokenArchive: the graph computes something else than the model.
    """
    model.eval()
    # The exporter over torch.export takes 20 s and gave a graph whose logits were off by 0.7: traced instead.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            _sample(batch=2, tokens=8),
            str(path),
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes={name: {0: "batch", 1: "tokens"} for name in (*INPUTS, "tags")}
            | {name: {0: "batch"} for name in ("intents", "sentences")},
            opset_version=OPSET,
            dynamo=False,
        )
    _prove(model, path)


def _prove(model: JointModel, path: Path) -> None:
    ids, mask = _sample(batch=3, tokens=13)
    with torch.inference_mode():
        wanted = [part.numpy() for part in model(ids, mask)]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    got = session.run(None, dict(zip(INPUTS, (ids.numpy(), mask.numpy()), strict=True)))
    gap = max(float(np.abs(a - b).max()) for a, b in zip(wanted, got, strict=True))
    if not gap <= TOLERANCE:
        raise BrokenArchive(f"The exported graph differs from the model by {gap:.3g}: it cannot be served.")


def _sample(*, batch: int, tokens: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and a mask whose last row is padded."""
    ids = torch.arange(batch * tokens).reshape(batch, tokens) % 97 + 3
    mask = torch.ones_like(ids)
    mask[-1, tokens // 2 :] = 0
    return ids, mask
