"""One encoder, two heads: the intent of the sentence and a BIO tag for every token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel
from transformers.utils import logging

from contract.wire import InvalidTrainingData
from nlu_models.training.dropout import draw_bytes


class JointModel(nn.Module):
    """Intent from the direction of the mean of the token vectors, tags from each token vector."""

    def __init__(self, encoder: nn.Module, *, width: int, intents: int, tags: int, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        config: Any = encoder.config
        self.pad = int(config.pad_token_id or 0)
        self.longest = int(getattr(config, "max_position_embeddings", 512)) - _unused_positions(encoder)
        self.dropout = nn.Dropout(dropout)
        self.intent_head = nn.Linear(width, intents)
        self.tag_head = nn.Linear(width, tags)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the intents (batch, intents) and of the tags (batch, tokens, tags), and the sentences' vectors
        (batch, width), of length one.

        Args:
            input_ids: token ids, (batch, tokens).
            attention_mask: 1 for tokens and 0 for padding, (batch, tokens).
        """
        sentence, states = self.encode(input_ids, attention_mask)
        return self.intent_head(self.dropout(sentence)), self.tag_head(self.dropout(states)), sentence

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors of the sentences (batch, width), of length one, and of their tokens (batch, tokens, width)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        return functional.normalize((states * mask).sum(1), dim=-1), states


def _unused_positions(encoder: nn.Module) -> int:
    """RoBERTa and its kin count positions from behind the number of their padding token."""
    embeddings = getattr(encoder, "embeddings", None)
    padding = getattr(getattr(embeddings, "position_embeddings", None), "padding_idx", None)
    return 0 if padding is None else int(padding) + 1


def build(folder: Path, *, intents: int, tags: int, dropout: float) -> JointModel:
    """A model with the pretrained encoder of ``folder`` and fresh heads.

    Raises:
        InvalidTrainingData: the folder holds no encoder in safetensors that transformers can load.
    """
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        encoder = AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError) as error:
        raise InvalidTrainingData(f"The encoder in {folder} cannot be loaded: {error}") from error
    width = int(encoder.config.hidden_size)
    model = JointModel(encoder, width=width, intents=intents, tags=tags, dropout=dropout)
    draw_bytes(model)
    return model


def parameter_groups(
    model: JointModel, *, learning_rate: float, head_learning_rate: float, weight_decay: float, linear_probe: bool
) -> list[dict[str, object]]:
    """What AdamW optimises: fresh heads faster than the encoder, no decay for biases and norms.

    Args:
        linear_probe: the intent head is not fresh, it began as a logistic regression.
    """
    fresh = ("tag_head.",) if linear_probe else ("tag_head.", "intent_head.")
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((name.startswith(fresh), parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": head_learning_rate if is_fresh else learning_rate,
            "weight_decay": weight_decay if decays else 0.0,
        }
        for (is_fresh, decays), parameters in groups.items()
    ]


def freeze_embeddings(model: JointModel) -> None:
    """Leave the token embeddings as they are: half of MiniLM's weights, and most rows are never met."""
    encoder: Any = model.encoder
    embeddings: nn.Module = encoder.get_input_embeddings()
    for parameter in embeddings.parameters():
        parameter.requires_grad_(False)


def pick_device(name: str) -> torch.device:
    """``auto`` is cuda where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
