"""What a version must know of its training examples while it serves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from contract.nlu import Correction, Example
from nlu_models.corrections.memory import label_key
from nlu_models.inference import known_texts
from nlu_models.inference.engine import Array
from nlu_models.inference.likeness import normal_form
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.neighbours import Neighbours, spread, unit
from nlu_models.inference.parser import Parser


def keep_neighbours(
    staged: Path, settings: ModelSettings, examples: Sequence[Example], embed: Callable[[Sequence[str]], Array]
) -> None:
    """Write some examples of each intent as the graph that will be served sees them."""
    numbers = {name: number for number, name in enumerate(settings.intents)}
    chosen = spread([numbers[example.intent] for example in examples])
    vectors = embed([examples[index].text for index in chosen])
    intents = np.array([numbers[examples[index].intent] for index in chosen], dtype=np.int64)
    Neighbours(unit(vectors), intents).save(staged)


def remember(
    staged: Path, settings: ModelSettings, examples: Sequence[Example], corrections: Sequence[Correction]
) -> ModelSettings:
    """Write the known texts into ``staged``.

    Returns:
        the settings with the corrections that the version was trained with and understands by itself.
    """
    known_texts.save(staged, (normal_form(example.text) for example in examples))
    return dataclasses.replace(settings, absorbed=_absorbed(Parser(staged, version="draft"), examples, corrections))


def _absorbed(parser: Parser, examples: Sequence[Example], corrections: Sequence[Correction]) -> tuple[str, ...]:
    trained = {label_key(example.text, example.intent) for example in examples}
    inside = [c for c in corrections if label_key(c.text, c.intent) in trained]
    results = parser.parse([c.text for c in inside])
    right = {label_key(c.text, c.intent) for c, r in zip(inside, results, strict=True) if r.intent.name == c.intent}
    return tuple(sorted(right))
