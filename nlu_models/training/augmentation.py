"""Other messages with the same labels, made anew in every epoch: with other entities, and mistyped."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Sequence

from tokenizers import Tokenizer

from contract.nlu import Example
from nlu_models.data.tags import label_of
from nlu_models.inference.keyboard import LETTERS, neighbours
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.dataset import Labels, Row, encode

_WORD = re.compile(r"\b[^\W\d_]{3,}\b")
NEIGHBOURS = neighbours(LETTERS)


class Augmentation:
    """The training rows of each epoch. An epoch's are the same whenever it is asked for."""

    def __init__(
        self,
        examples: Sequence[Example],
        rows: Sequence[Row],
        labels: Labels,
        tokenizer: Tokenizer,
        arguments: TrainingArguments,
        *,
        max_length: int,
    ) -> None:
        """
        Args:
            rows: the encoded ``examples``; an example that stays as it is keeps its row.
            max_length: of a row, in tokens.
        """
        self._examples, self._rows, self._labels = examples, rows, labels
        self._tokenizer, self._arguments, self._max_length = tokenizer, arguments, max_length
        self._values = entity_values(examples)

    def rows(self, epoch: int) -> list[Row]:
        """One row for each example."""
        chance = random.Random(f"{self._arguments.seed}/{epoch}")  # noqa: S311 - no secret
        variants = [self._variant(example, chance) for example in self._examples]
        changed = [i for i, (old, new) in enumerate(zip(self._examples, variants, strict=True)) if old is not new]
        made = encode([variants[i] for i in changed], self._labels, self._tokenizer, max_length=self._max_length)
        rows = list(self._rows)
        for index, row in zip(changed, made, strict=True):
            old = rows[index]
            soft = old.soft and dataclasses.replace(old.soft, tags=None)
            rows[index] = dataclasses.replace(row, soft=soft, anchor=old.anchor)
        return rows

    def _variant(self, example: Example, chance: random.Random) -> Example:
        options = self._arguments
        if options.entity_substitution and example.entities:
            example = substituted(example, self._values, options.entity_substitution, chance)
        if chance.random() < options.typing_noise:
            example = mistyped(example, chance.uniform(0, options.typing_noise_rate), chance)
        return example


def entity_values(examples: Sequence[Example]) -> dict[str, list[tuple[str, str | None]]]:
    """The different texts of each kind of entity with their values, sorted: the shop's own catalogue of them."""
    found: dict[str, dict[str, str | None]] = {}
    for example in examples:
        for span in example.entities:
            found.setdefault(label_of(span), {}).setdefault(example.text[span.start : span.end], span.value)
    return {label: sorted(texts.items(), key=lambda item: item[0]) for label, texts in found.items()}


def substituted(
    example: Example, values: dict[str, list[tuple[str, str | None]]], share: float, chance: random.Random
) -> Example:
    """``example`` with each entity, at a chance of ``share``, exchanged for another of its kind."""
    text, spans, at = "", [], 0
    for span in sorted(example.entities, key=lambda span: span.start):
        written, value = example.text[span.start : span.end], span.value
        if chance.random() < share:
            written, value = chance.choice(values[label_of(span)])
        text += example.text[at : span.start]
        spans.append(dataclasses.replace(span, start=len(text), end=len(text) + len(written), value=value))
        text, at = text + written, span.end
    text += example.text[at:]
    return example if text == example.text else dataclasses.replace(example, text=text, entities=tuple(spans))


def mistyped(example: Example, rate: float, chance: random.Random) -> Example:
    """``example`` with about ``rate`` of its letters exchanged, lost, doubled or hit beside.

    Words with digits stay as they are, so order numbers stay true; never are two letters in a row mistyped, so no
    word of three letters or more disappears.
    """
    text, pieces = example.text, list(example.text)
    borders = {border for span in example.entities for border in (span.start, span.end)}
    for match in _WORD.finditer(text):
        last = -1
        for i in range(match.start(), match.end()):
            if i > last and chance.random() < rate:
                last = _mistype(pieces, i, match.end(), borders, chance) + 1
    starts, length = [], 0
    for piece in [*pieces, ""]:
        starts.append(length)
        length += len(piece)
    written = "".join(pieces)
    spans = tuple(dataclasses.replace(s, start=starts[s.start], end=starts[s.end]) for s in example.entities)
    return example if written == text else dataclasses.replace(example, text=written, entities=spans)


def _mistype(pieces: list[str], i: int, end: int, borders: set[int], chance: random.Random) -> int:
    """Change the letter at ``i`` of a word that ends at ``end``; the last place that was changed."""
    letter = pieces[i]
    kind = chance.choice(("swap", "drop", "double", "neighbour"))
    if kind == "swap" and i + 1 < end and i + 1 not in borders:
        pieces[i], pieces[i + 1] = pieces[i + 1], letter
        return i + 1
    if kind == "drop":
        pieces[i] = ""
    elif kind == "neighbour" and letter.lower() in NEIGHBOURS:
        beside = chance.choice(NEIGHBOURS[letter.lower()])
        pieces[i] = beside.upper() if letter.isupper() else beside
    else:
        pieces[i] = letter * 2
    return i
