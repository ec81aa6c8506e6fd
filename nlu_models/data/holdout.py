"""A validation set out of the training examples, for requests that bring none."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from contract.nlu import Example
from nlu_models.data.groups import groups
from nlu_models.data.tags import label_of


def hold_out(examples: Sequence[Example], *, share: float) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Training and validation examples: about ``share`` of each intent, whole groups of near-duplicates.

    Stable: the same examples give the same sets. Every intent and every entity keeps at least one training example.
    """
    held: set[int] = set()
    left = Counter(label for example in examples for label in _entities(example))
    by_intent: dict[str, list[int]] = {}
    for number, example in enumerate(examples):
        by_intent.setdefault(example.intent, []).append(number)
    for _, numbers in sorted(by_intent.items()):
        own = [examples[i] for i in numbers]
        quota = max(1, round(len(own) * share))
        taken = 0
        for group in sorted(groups(own), key=lambda group: _order(own, group)):
            labels = Counter(label for i in group for label in _entities(own[i]))
            if taken + len(group) <= min(quota, len(own) - 1) and all(left[label] > labels[label] for label in labels):
                held.update(numbers[i] for i in group)
                left -= labels
                taken += len(group)
    train = tuple(example for i, example in enumerate(examples) if i not in held)
    return train, tuple(example for i, example in enumerate(examples) if i in held)


def _entities(example: Example) -> set[str]:
    return {label_of(span) for span in example.entities}


def _order(examples: Sequence[Example], group: Sequence[int]) -> str:
    return hashlib.sha256(min(examples[i].text for i in group).encode("utf-8", "surrogatepass")).hexdigest()
