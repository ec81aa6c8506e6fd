"""``python -m actions.recommender.embed IN.json OUT.npz``: product texts to vectors, in a process of its own.

The action server starts it once for a changed catalogue, so that torch never stays in its memory. It ends when its
standard input does, which is when the action server is gone.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.wire import NotFound

MAX_TOKENS = 128
BATCH = 32


def main(arguments: list[str]) -> int:
    """Reads ``{"encoder": name, "ids": [...], "texts": [...]}``, writes the arrays ``ids`` and ``vectors``."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    source, target = (Path(argument) for argument in arguments)
    job: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    vectors = encode(job["texts"], find_encoder(job["encoder"]))
    with target.open("wb") as file:
        np.savez(file, ids=np.array(job["ids"], dtype=np.str_), vectors=vectors)
    return 0


def find_encoder(name: str) -> str:
    """The model folder of an installed package; else the name itself, a folder or a Hugging Face name.

    Raises:
        NotFound: a path at which there is no model.
    """
    module = name.replace("-", "_")
    spec = importlib.util.find_spec(module) if module.isidentifier() else None
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else Path(name)
    if (folder / "config.json").is_file():
        return str(folder)
    if name.startswith((".", "/", "~")):
        raise NotFound(f"{name} holds no config.json")
    return name


def encode(texts: list[str], encoder: str) -> NDArray[np.float32]:
    """Vectors of length 1, shape (texts, width): the mean over the tokens, as sentence encoders are trained."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    tokenizer, model = AutoTokenizer.from_pretrained(encoder), AutoModel.from_pretrained(encoder).eval()
    parts = []
    for start in range(0, len(texts), BATCH):
        batch = tokenizer(
            texts[start : start + BATCH], padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
        )
        with torch.inference_mode():
            states = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).float()
        means = (states * mask).sum(1) / mask.sum(1)
        parts.append(torch.nn.functional.normalize(means, dim=-1).numpy())
    return np.concatenate(parts).astype(np.float32)


def end_with_parent() -> None:
    """Ends this process when its standard input is closed, which is when the parent is gone."""
    # Not sys.stdin: its lock, held by a waiting thread, would abort the interpreter at its end.
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
