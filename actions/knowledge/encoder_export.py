"""``python -m actions.knowledge.encoder_export ENCODER FOLDER``: a pretrained encoder as a small ONNX graph.

Runs once for each encoder, in a process of its own, so that torch never is in the action server's memory. It ends when
its standard input does, which is when the action server is gone.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import threading
import warnings
from pathlib import Path
from typing import Any

from actions.recommender.embed import end_with_parent

INPUTS = ("input_ids", "attention_mask")
GRAPH, TOKENIZER = "encoder.onnx", "tokenizer.json"
OPSET = 17


def main(arguments: list[str]) -> int:
    """Writes ``encoder.onnx`` (token ids and mask to vectors of length 1, weights in int8) and ``tokenizer.json``."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    os.nice(10)  # shoppers are served meanwhile
    encoder, folder = arguments[0], Path(arguments[1])
    with tempfile.TemporaryDirectory(dir=folder) as work:
        full, small = Path(work) / "full.onnx", Path(work) / GRAPH
        _export(encoder, full, Path(work))
        _quantise(full, small)
        for name in (TOKENIZER, GRAPH):  # the graph last: where it is, all is
            shutil.move(Path(work) / name, folder / name)
    return 0


def _export(encoder: str, target: Path, tokenizer_folder: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    class Sentences(torch.nn.Module):
        """The mean over the tokens, as sentence encoders are trained."""

        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).float()
            return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)

    AutoTokenizer.from_pretrained(encoder).save_pretrained(tokenizer_folder)
    model = Sentences(AutoModel.from_pretrained(encoder)).eval()
    ids = torch.arange(16).reshape(2, 8) + 3
    free = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (ids, torch.ones_like(ids)),
            str(target),
            input_names=list(INPUTS),
            output_names=["vectors"],
            dynamic_axes={INPUTS[0]: free, INPUTS[1]: free, "vectors": {0: "texts"}},
            opset_version=OPSET,
            dynamo=False,  # as for the served model: the newer exporter gave other numbers
        )


def _quantise(source: Path, target: Path) -> None:
    """In seven bits: processors with AVX2 but without VNNI overflow with eight."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)  # ONNX Runtime's quantisation talks to the root logger
    quantize_dynamic(str(source), str(target), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
