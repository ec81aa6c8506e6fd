"""Rasa's training data as the examples of the contract."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from contract.nlu import EntitySpan, Example


def to_examples(data: TrainingData) -> tuple[Example, ...]:
    """The labelled messages, each once, in an order that does not depend on the files'."""
    found = {_example(message) for message in data.nlu_examples if message.get(TEXT) and message.get(INTENT)}
    return tuple(sorted(found, key=lambda example: (example.intent, example.text, len(example.entities))))


def evaluation_files(folder: Path, kind: str) -> list[Path]:
    """``validation*.yml`` or ``test*.yml`` of the evaluation folder."""
    return sorted(folder.glob(f"{kind}*.yml"))


def load_examples(files: Iterable[Path]) -> tuple[Example, ...]:
    """The labelled messages of Rasa NLU files."""
    found = [example for path in files for example in to_examples(load_data(str(path)))]
    return tuple(dict.fromkeys(found))


def fingerprint(files: Iterable[Path]) -> str:
    """Hash of the names and contents of ``files``."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _example(message: Message) -> Example:
    text = message.get(TEXT)
    return Example(
        text=text,
        intent=message.get(INTENT),
        entities=tuple(_span(text, entity) for entity in message.get(ENTITIES) or ()),
    )


def _span(text: str, entity: dict[str, Any]) -> EntitySpan:
    written = text[entity["start"] : entity["end"]]
    value = str(entity.get("value"))
    return EntitySpan(
        start=entity["start"],
        end=entity["end"],
        entity=entity["entity"],
        value=None if value == written else value,
        role=entity.get("role"),
        group=entity.get("group"),
    )
