"""Reads Rasa NLU files (``version: "3.1"``): intents with their examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from admin_ui.review.training.markup import from_markup
from contract.nlu import Example
from contract.wire import InvalidInput


def read_examples(path: Path) -> list[Example]:
    """All examples of a file, or of every ``.yml`` below a folder in sorted order. A missing folder has none.

    Raises:
        InvalidInput: a file is no YAML, or not in Rasa's format; the sentence names it.
    """
    files = sorted(path.rglob("*.yml")) if path.is_dir() else [path]
    return [example for file in files if file.is_file() for example in _examples(file)]


def _examples(file: Path) -> Iterator[Example]:
    for block in _blocks(file):
        intent, lines = block.get("intent"), block.get("examples")
        if not isinstance(intent, str):
            continue  # synonyms, look-ups and patterns
        if not isinstance(lines, str):
            raise InvalidInput(f"{file}: the examples of {intent} must be a block of lines; write `examples: |`.")
        for line in lines.splitlines():
            if line.strip().startswith("- "):
                yield from_markup(line.strip()[2:].strip(), intent=intent, source=str(file))


def _blocks(file: Path) -> list[dict[str, Any]]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}. Correct it by hand, then try again.") from error
    blocks = (content or {}).get("nlu", []) if isinstance(content or {}, dict) else None
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise InvalidInput(f"{file}: `nlu:` must be a list of blocks such as `- intent: greet`.")
    return blocks
