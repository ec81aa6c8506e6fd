"""Other messages with the same labels, made anew in every epoch: with other entities, and mistyped ones beside them."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Sequence

from tokenizers import Tokenizer

from contract.nlu import Example
from nlu_models.data.tags import label_of
from nlu_models.inference.keyboard import LETTERS, neighbours
from nlu_models.inference.spelling import Speller
from nlu_models.inference.vocabulary import Vocabulary, whole_words
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.dataset import Labels, Row, encode

_WORD = re.compile(r"\b[^\W\d_]{3,}\b")
NEIGHBOURS = neighbours(LETTERS)
FOLDS = 5


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
        beside: Sequence[Row] = (),
    ) -> None:
        """
        Args:
            rows: the encoded ``examples``; an example that stays as it is keeps its row.
            max_length: of a row, in tokens.
            beside: rows that are in every epoch as they are.
        """
        self._examples, self._rows, self._beside, self._labels = examples, rows, beside, labels
        self._tokenizer, self._arguments, self._max_length = tokenizer, arguments, max_length
        self._values = entity_values(examples) if arguments.entity_substitution else {}
        self._spellers = _spellers(examples, tokenizer) if arguments.typing_noise else []

    def rows(self, epoch: int) -> list[Row]:
        """A row for each example, those of the mistyped ones, and those beside them."""
        chance = random.Random(f"{self._arguments.seed}/{epoch}")  # noqa: S311 - no secret
        return [*self._with_other_entities(chance), *self._mistyped(chance), *self._beside]

    def _with_other_entities(self, chance: random.Random) -> list[Row]:
        share, rows = self._arguments.entity_substitution, list(self._rows)
        if not share:
            return rows
        variants = (substituted(example, self._values, share, chance) for example in self._examples)
        changed = [(i, new) for i, new in enumerate(variants) if new is not self._examples[i]]
        for (i, _), row in zip(changed, self._rows_like(changed), strict=True):
            rows[i] = row
        return rows

    def _mistyped(self, chance: random.Random) -> list[Row]:
        """Rows of mistyped examples as a served model reads them, rather of those that are not read as they were."""
        wanted = round(self._arguments.typing_noise * len(self._examples))
        made: list[tuple[int, Example]] = []
        undone: list[tuple[int, Example]] = []
        for i in chance.sample(range(len(self._examples)), len(self._examples) if wanted else 0):
            example = mistyped(self._examples[i], chance.uniform(0, self._arguments.typing_noise_rate), chance)
            example = as_read(example, self._spellers[i % FOLDS])
            (undone if example.text == self._examples[i].text else made).append((i, example))
            if len(made) == wanted:
                break
        return self._rows_like([*made, *undone][:wanted])

    def _rows_like(self, numbered: Sequence[tuple[int, Example]]) -> list[Row]:
        """Rows of examples, each with what is known of the example with its number."""
        made = encode([e for _, e in numbered], self._labels, self._tokenizer, max_length=self._max_length)
        found = []
        for (i, _), row in zip(numbered, made, strict=True):
            soft = self._rows[i].soft
            soft = soft and dataclasses.replace(soft, tags=None)
            found.append(dataclasses.replace(row, soft=soft, anchor=self._rows[i].anchor))
        return found


def _spellers(examples: Sequence[Example], tokenizer: Tokenizer) -> list[Speller]:
    """One for each fold of the examples, that knows the words of the others: as a served model, which does not know the
    messages that it reads."""
    tokens = whole_words(tokenizer)
    others = ([e.text for i, e in enumerate(examples) if i % FOLDS != fold] for fold in range(FOLDS))
    return [Speller(Vocabulary.of(texts, tokens)) for texts in others]


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


def as_read(example: Example, speller: Speller) -> Example:
    """``example`` as a served model with these words reads it."""
    reading = speller.read(example.text)[0].reading
    if not reading.changes:
        return example
    places = (reading.place_of(span.start, span.end) for span in example.entities)
    spans = (
        dataclasses.replace(span, start=start, end=end)
        for span, (start, end) in zip(example.entities, places, strict=True)
    )
    return dataclasses.replace(example, text=reading.text, entities=tuple(spans))


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
