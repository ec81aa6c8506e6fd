"""A larger model's answers as soft labels, aligned to the labels and the tokens of the one that learns."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Tokenizer
from torch import Tensor
from torch.nn import functional

from contract.nlu import Example
from contract.wire import InvalidTrainingData, NotFound
from nlu_models.inference.engine import Array
from nlu_models.inference.model_settings import FILE
from nlu_models.inference.parser import Parser
from nlu_models.registry.store import Registry
from nlu_models.training.dataset import Batch, Labels, Row, Soft

CHUNK = 64


def find_teacher(name: str, registry: Registry) -> Path:
    """The folder of the version ``name``, or ``name`` itself where that is one.

    Raises:
        InvalidTrainingData: there is no such model.
        BrokenArchive: a file of the version was changed.
    """
    folder = Path(name).expanduser()
    if (folder / FILE).is_file():
        return folder
    try:
        return registry.verified(name)
    except NotFound as error:
        raise InvalidTrainingData(
            f"The teacher {name!r} is no version and no folder of one: train it first."
        ) from error


def with_soft_labels(
    rows: Sequence[Row], examples: Sequence[Example], labels: Labels, tokenizer: Tokenizer, teacher: Path
) -> list[Row]:
    """The rows of ``examples`` with the logits of the model in ``teacher``.

    Raises:
        InvalidTrainingData: the teacher does not know all intents and tags.
        BrokenArchive: the teacher cannot be loaded.
    """
    parser = Parser(teacher, version="teacher")
    intents = _columns(parser.settings.intents, labels.intents)
    tags = _columns(parser.settings.tags, labels.tags)
    taught: list[Row] = []
    for at in range(0, len(rows), CHUNK):
        texts = [example.text for example in examples[at : at + CHUNK]]
        raw = parser.raw(texts, as_written=True)
        for i, (own, other) in enumerate(zip(tokenizer.encode_batch(texts), raw.encodings, strict=True)):
            soft = Soft(raw.outputs.intents[i][intents], _aligned(own, other, raw.outputs.tags[i][:, tags]))
            taught.append(dataclasses.replace(rows[at + i], soft=soft))
    return taught


def soft_loss(intents: Tensor, tags: Tensor, batch: Batch, *, temperature: float, entity_weight: float) -> Tensor:
    """How far the logits are from the teacher's, by the Kullback-Leibler divergence at ``temperature``."""
    assert batch.soft_intents is not None and batch.soft_tags is not None
    loss = _divergence(intents, batch.soft_intents.to(intents.device), temperature)
    wanted = batch.soft_tags.to(tags.device)
    known = wanted.isfinite().all(-1)
    if bool(known.any()):
        loss = loss + entity_weight * _divergence(tags[known], wanted[known], temperature)
    return loss


def _divergence(logits: Tensor, wanted: Tensor, temperature: float) -> Tensor:
    mine = functional.log_softmax(logits.float() / temperature, dim=-1)
    other = functional.log_softmax(wanted / temperature, dim=-1)
    return functional.kl_div(mine, other, reduction="batchmean", log_target=True) * temperature**2


def _columns(known: Sequence[str], wanted: Sequence[str]) -> list[int]:
    if missing := sorted(set(wanted) - set(known)):
        shown = ", ".join(missing[:5])
        raise InvalidTrainingData(f"The teacher does not know {shown}: train it on the same labels.")
    return [list(known).index(name) for name in wanted]


def _aligned(own: Encoding, other: Encoding, logits: Array) -> Array:
    """The teacher's logits (own tokens, tags): of its token at each own token's last character, nan where none is."""
    at: dict[int, int] = {}
    for token, (start, end) in enumerate(other.offsets):
        at.update(dict.fromkeys(range(start, end), token))
    found = [at.get(end - 1) if end > start else None for start, end in own.offsets]
    nothing = np.full(logits.shape[1], np.nan, dtype=np.float32)
    return np.stack([nothing if token is None else logits[token] for token in found])
