"""Examples as tensors, in batches of similar length."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from contract.nlu import OUT_OF_SCOPE_INTENT, Example
from nlu_models.data.tags import tag_names, word_tags
from nlu_models.inference.likeness import normal_form
from nlu_models.inference.words import Word, words_of

IGNORED = -100
BUCKET = 24
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Labels:
    """The names behind the numbers: intents sorted, tags with ``O`` first."""

    intents: tuple[str, ...]
    tags: tuple[str, ...]

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Labels:
        """All labels of the training examples."""
        return cls(intents=tuple(sorted({example.intent for example in examples})), tags=tag_names(examples))


@dataclass(frozen=True)
class Soft:
    """A teacher's logits: of the intents (intents), of the tags (tokens, tags; nan where it has none) if known."""

    intents: NDArray[np.float32]
    tags: NDArray[np.float32] | None


@dataclass(frozen=True)
class Row:
    """An encoded example: token ids, intent number, and a tag number for each token (or IGNORED).

    ``anchor`` is the sentence vector (width) that it had before the training, where that is known; ``second`` is the
    other intent's number in a message with two requests.
    """

    ids: list[int]
    intent: int
    tags: list[int]
    soft: Soft | None = None
    anchor: Tensor | None = None
    second: int | None = None


@dataclass(frozen=True)
class Batch:
    """Tensors of int64: ``ids``, ``mask`` and ``tags`` are (batch, tokens), ``intents`` and ``seconds`` are (batch);
    these are other intents only where a message has two requests.

    A teacher's logits are floats: (batch, intents), and (batch, tokens, tags) with nan where it has none. ``anchors``
    are floats, (some, width), of the examples that ``anchored`` counts.
    """

    ids: Tensor
    mask: Tensor
    intents: Tensor
    seconds: Tensor
    tags: Tensor
    soft_intents: Tensor | None = None
    soft_tags: Tensor | None = None
    anchored: Tensor | None = None
    anchors: Tensor | None = None


def load_tokenizer(folder: Path) -> Tokenizer:
    """The fast tokenizer of an encoder, converted where the folder only has its older form."""
    path = folder / "tokenizer.json"
    if path.is_file():
        tokenizer = Tokenizer.from_file(str(path))
    else:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
    tokenizer.no_padding()
    return tokenizer


def with_names(examples: Sequence[Example]) -> tuple[Example, ...]:
    """The examples, and the name of each intent as one more where nobody says it: all that some intents with few
    examples have in common with what shoppers write."""
    said = {normal_form(example.text) for example in examples}
    names = {example.intent: _NOT_WORDS.sub(" ", example.intent).strip() for example in examples}
    return (
        *examples,
        *(
            Example(name, intent)
            for intent, name in sorted(names.items())
            if intent != OUT_OF_SCOPE_INTENT and name and normal_form(name) not in said
        ),
    )


def encode(examples: Sequence[Example], labels: Labels, tokenizer: Tokenizer, *, max_length: int) -> list[Row]:
    """Rows for the examples. Every token of a word carries the word's tag; special tokens carry none."""
    tokenizer.enable_truncation(max_length)
    intents = {name: i for i, name in enumerate(labels.intents)}
    rows = []
    for example, (encoding, words, tags) in zip(examples, _tagged(examples, labels, tokenizer), strict=True):
        row = [IGNORED] * len(encoding.ids)
        for word, tag in zip(words, tags, strict=True):
            for token in word.tokens:
                row[token] = tag
        rows.append(Row(ids=encoding.ids, intent=intents[example.intent], tags=row))
    return rows


def tags_of_words(examples: Sequence[Example], labels: Labels, tokenizer: Tokenizer) -> Iterator[list[int]]:
    """The numbers of the tags of each example's words, from the first to the last."""
    tokenizer.no_truncation()
    return (tags for _, _, tags in _tagged(examples, labels, tokenizer))


def _tagged(
    examples: Sequence[Example], labels: Labels, tokenizer: Tokenizer
) -> Iterator[tuple[Encoding, list[Word], list[int]]]:
    numbers = {name: i for i, name in enumerate(labels.tags)}
    for example, encoding in zip(examples, tokenizer.encode_batch([e.text for e in examples]), strict=True):
        words = words_of(encoding, example.text)
        tags = word_tags([(word.start, word.end) for word in words], example.entities)
        yield encoding, words, [numbers[tag] for tag in tags]


def batches(
    rows: Sequence[Row],
    *,
    size: int,
    shuffle: random.Random | None = None,
    pad: int = 0,
    weights: Sequence[float] | None = None,
    share: tuple[int, int] = (0, 1),
) -> Iterator[Batch]:
    """The rows in batches of similar length, in random order where ``shuffle`` is given.

    Args:
        weights: draw as many rows, but each as often as its weight says, instead of each once.
        share: this process's number and how many there are: each gets its part of every batch.
    """
    order = list(range(len(rows)))
    if shuffle is None:
        order.sort(key=lambda i: len(rows[i].ids))
        chunks = [order[i : i + size] for i in range(0, len(order), size)]
    else:
        if weights is not None:
            order = shuffle.choices(order, weights=weights, k=len(order))
        shuffle.shuffle(order)
        chunks = []
        for at in range(0, len(order), size * BUCKET):
            bucket = sorted(order[at : at + size * BUCKET], key=lambda i: len(rows[i].ids))
            chunks += [bucket[i : i + size] for i in range(0, len(bucket), size)]
        shuffle.shuffle(chunks)
    number, count = share
    for chunk in chunks:
        own = chunk[number::count] or chunk[:1]
        yield collate([rows[i] for i in own], pad=pad)


def collate(rows: Sequence[Row], *, pad: int = 0) -> Batch:
    """The rows padded to the longest of them."""
    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), pad, dtype=torch.int64)
    mask = torch.zeros((len(rows), width), dtype=torch.int64)
    tags = torch.full((len(rows), width), IGNORED, dtype=torch.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = torch.tensor(row.ids)
        mask[i, : len(row.ids)] = 1
        tags[i, : len(row.ids)] = torch.tensor(row.tags)
    intents = torch.tensor([row.intent for row in rows])
    seconds = torch.tensor([row.intent if row.second is None else row.second for row in rows])
    return Batch(ids, mask, intents, seconds, tags, *_softly(rows, width), *_anchors(rows))


def _softly(rows: Sequence[Row], width: int) -> tuple[Tensor | None, Tensor | None]:
    softs = [row.soft for row in rows if row.soft is not None]
    if len(softs) < len(rows):
        return None, None
    count = max((soft.tags.shape[1] for soft in softs if soft.tags is not None), default=1)
    tags = torch.full((len(rows), width, count), math.nan)
    for i, soft in enumerate(softs):
        if soft.tags is not None:
            tags[i, : len(soft.tags)] = torch.from_numpy(soft.tags)
    return torch.from_numpy(np.stack([soft.intents for soft in softs])), tags


def _anchors(rows: Sequence[Row]) -> tuple[Tensor | None, Tensor | None]:
    known = [(at, row.anchor) for at, row in enumerate(rows) if row.anchor is not None]
    if not known:
        return None, None
    return torch.tensor([at for at, _ in known]), torch.stack([anchor for _, anchor in known])
