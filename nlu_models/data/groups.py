"""Near-duplicates of one intent, found as groups that a split must not tear apart."""

from __future__ import annotations

from collections.abc import Sequence

from contract.nlu import Example
from nlu_models.data.checks import same

NEAR = 0.55
GRAM = 3


def groups(examples: Sequence[Example], *, near: float = NEAR) -> list[list[int]]:
    """Indices of the examples, grouped: the same text without its entity values, or character trigrams
    whose Jaccard similarity is at least ``near``. Groups are transitive; compares within one intent only."""
    parent = list(range(len(examples)))
    grams = [_grams(same(example.text)) for example in examples]
    frames = [frame(example) for example in examples]
    for right in range(len(examples)):
        for left in range(right):
            if examples[left].intent != examples[right].intent:
                continue
            if frames[left] == frames[right] or jaccard(grams[left], grams[right]) >= near:
                parent[_root(parent, left)] = _root(parent, right)
    found: dict[int, list[int]] = {}
    for index in range(len(examples)):
        found.setdefault(_root(parent, index), []).append(index)
    return list(found.values())


def frame(example: Example) -> str:
    """The text with each entity replaced by its name: two examples with one frame differ in values only."""
    text = example.text
    for span in sorted(example.entities, key=lambda span: -span.start):
        text = f"{text[: span.start]}<{span.entity}>{text[span.end :]}"
    return same(text)


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """Shared grams over all grams, in [0, 1]."""
    union = len(left | right)
    return len(left & right) / union if union else 1.0


def _grams(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[i : i + GRAM] for i in range(max(1, len(padded) - GRAM + 1)))


def _root(parent: list[int], index: int) -> int:
    while parent[index] != index:
        parent[index] = parent[parent[index]]
        index = parent[index]
    return index
