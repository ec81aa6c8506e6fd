"""What a version must know of its training examples while it serves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from contract.nlu import Correction, Example
from nlu_models.corrections.memory import label_key
from nlu_models.inference import known_texts
from nlu_models.inference.likeness import normal_form
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.neighbours import Neighbours, spread, unit
from nlu_models.inference.parser import Parser


def remember(
    staged: Path, settings: ModelSettings, examples: Sequence[Example], corrections: Sequence[Correction]
) -> ModelSettings:
    """Write neighbours and known texts of the training examples into ``staged``, with the graph that will be served.

    Returns:
        the settings with the corrections that the version was trained with and understands by itself.
    """
    parser = Parser(staged, version="draft")
    numbers = {name: number for number, name in enumerate(settings.intents)}
    chosen = spread([numbers[example.intent] for example in examples])
    vectors = unit(parser.vectors([examples[index].text for index in chosen]))
    intents = np.array([numbers[examples[index].intent] for index in chosen], dtype=np.int64)
    Neighbours(vectors, intents).save(staged)
    known_texts.save(staged, (normal_form(example.text) for example in examples))
    return dataclasses.replace(settings, absorbed=_absorbed(parser, examples, corrections))


def _absorbed(parser: Parser, examples: Sequence[Example], corrections: Sequence[Correction]) -> tuple[str, ...]:
    trained = {label_key(example.text, example.intent) for example in examples}
    inside = [c for c in corrections if label_key(c.text, c.intent) in trained]
    results = parser.parse([c.text for c in inside])
    right = {label_key(c.text, c.intent) for c, r in zip(inside, results, strict=True) if r.intent.name == c.intent}
    return tuple(sorted(right))
