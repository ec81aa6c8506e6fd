"""One hash for everything that decides what a training gives."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contract.nlu import Example, TrainRequest
from contract.wire import to_json
from nlu_models.training.arguments import TrainingArguments
from nlu_models.training.encoder import encoder_digest, find_encoder

_CODE = ("data", "training", "export", "evaluation", "inference")


def fingerprint(request: TrainRequest, arguments: TrainingArguments) -> str:
    """SHA-256 over examples (in any order, wherever they stand), synonyms, arguments, encoder, base and our code.

    Raises:
        InvalidTrainingData: there is no such encoder.
    """
    content = {
        "examples": _rows(request.examples),
        "validation": _rows(request.validation),
        "test": _rows(request.test),
        "synonyms": request.synonyms,
        "arguments": {**to_json(arguments), "device": "", "encoder": ""},
        "encoder": encoder_digest(find_encoder(arguments.encoder)),
        "teacher": _folder_digest(Path(arguments.teacher)) if arguments.teacher else "",
        "code": code_digest(),
        "base": request.base,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _folder_digest(folder: Path) -> str:
    """A teacher's folder by what is in it; a version's name says that by itself."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("model.*")):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


@functools.cache
def code_digest() -> str:
    """SHA-256 over the source files that take part in a training."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(path for name in _CODE for path in (root / name).glob("*.py")):
        digest.update(f"{path.parent.name}/{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _rows(examples: Sequence[Example]) -> list[Any]:
    rows = [to_json(dataclasses.replace(example, source=None)) for example in examples]
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
