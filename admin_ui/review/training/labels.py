"""Which intents and entities exist: those of the training data, with what the labelling guide says about them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from admin_ui.review.training.files import read_examples
from contract.nlu import Example
from contract.wire import InvalidInput

_GUIDE_INTENT = re.compile(r"\b(?P<name>[a-z][a-z_]+) \((?P<says>[^()]{3,200})\)")
_GUIDE_ENTITY = re.compile(r"^\| (?P<name>[a-z_]+) \| (?P<says>[^|]+) \|", re.MULTILINE)


@dataclass(frozen=True)
class Label:
    """``name`` is Rasa's, ``title`` reads well, ``hint`` says when to use it (empty: nobody wrote it down)."""

    name: str
    title: str
    hint: str = ""
    examples: int = 0


@dataclass(frozen=True)
class Labels:
    """By name, in alphabetical order."""

    intents: dict[str, Label] = field(default_factory=dict)
    entities: dict[str, Label] = field(default_factory=dict)

    def check(self, intent: str, entities: set[str]) -> None:
        """
        Raises:
            InvalidInput: one of the names does not exist in the training data.
        """
        if intent not in self.intents:
            raise InvalidInput(
                f"There is no intent {intent!r} in the training data. Choose one of the {len(self.intents)} that "
                "exist, or add it to data/nlu and the domain first."
            )
        for name in sorted(entities - set(self.entities)):
            raise InvalidInput(
                f"There is no entity {name!r} in the training data. Choose one of: {', '.join(self.entities)}."
            )


def read_labels(nlu_dir: Path) -> Labels:
    """The labels of the training data in ``nlu_dir``, reviewed examples included.

    Raises:
        InvalidInput: a training file cannot be read.
    """
    guide_file = nlu_dir.parent / "labelling.md"
    guide = guide_file.read_text(encoding="utf-8") if guide_file.is_file() else ""
    examples = read_examples(nlu_dir)
    return Labels(_intents(examples, guide), _entities(examples, guide))


def title_of(name: str) -> str:
    """``track_order`` as ``Track order``."""
    return name.replace("_", " ").strip().capitalize()


def _intents(examples: list[Example], guide: str) -> dict[str, Label]:
    says = {m["name"]: " ".join(m["says"].split()) for m in _GUIDE_INTENT.finditer(guide)}
    counts: dict[str, int] = {}
    for example in examples:
        counts[example.intent] = counts.get(example.intent, 0) + 1
    return {name: Label(name, title_of(name), says.get(name, ""), counts[name]) for name in sorted(counts)}


def _entities(examples: list[Example], guide: str) -> dict[str, Label]:
    says = {m["name"]: m["says"].strip() for m in _GUIDE_ENTITY.finditer(guide)}
    counts: dict[str, int] = {}
    for span in (span for example in examples for span in example.entities):
        counts[span.entity] = counts.get(span.entity, 0) + 1
    return {name: Label(name, title_of(name), says.get(name, ""), counts[name]) for name in sorted(counts)}
