"""How well several requests in one message are told apart: ``data/evaluation/requests/``.

``python -m nlu_models.evaluation.requests MODEL_FOLDER [FILE]`` prints the figures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from contract.nlu import Example, ParseResult
from contract.settings import ROOT
from nlu_models.data.markup import parse_example
from nlu_models.inference.parser import Parser

FILE = ROOT / "data" / "evaluation" / "requests" / "test.yml"
Message = tuple[Example, ...]


@dataclass(frozen=True)
class Figures:
    """Shares of messages: all intents right in number and order (``several``), left whole (``single``); and of the
    labelled entities of ``several``: found, and in the right request."""

    several: float
    single: float
    entities: float
    wrong: tuple[str, ...]


def read(path: Path) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """The messages with several requests, and those with one. A message is what its parts are, joined by blanks."""
    blocks = yaml.safe_load(path.read_text(encoding="utf-8"))
    several, single = (tuple(_message(rows) for rows in blocks[name]) for name in ("several", "single"))
    return several, single


def measure(parser: Parser, several: Sequence[Message], single: Sequence[Message]) -> Figures:
    """The figures of ``parser``, with one line for every message that went wrong."""
    cut = parser.parse([text_of(message) for message in several])
    whole = parser.parse([text_of(message) for message in single])
    right = [
        _intents(result) == [part.intent for part in message] for result, message in zip(cut, several, strict=True)
    ]
    kept = [len(result.requests) == 1 for result in whole]
    hits = [hit for result, message in zip(cut, several, strict=True) for hit in _entity_hits(result, message)]
    failed = [r for r, ok in zip((*cut, *whole), (*right, *kept), strict=True) if not ok]
    return Figures(_share(right), _share(kept), _share(hits), tuple(f"{r.text} -> {_intents(r)}" for r in failed))


def text_of(message: Message) -> str:
    """What the shopper wrote."""
    return " ".join(part.text for part in message)


def _message(rows: list[dict[str, str]]) -> Message:
    return tuple(parse_example(raw.strip(), intent=intent) for row in rows for intent, raw in row.items())


def _intents(result: ParseResult) -> list[str]:
    return [request.intent.name for request in result.requests]


def _entity_hits(result: ParseResult, message: Message) -> list[bool]:
    """For every labelled entity whether a request with the same place in the order has it."""
    found = {
        (place, entity.entity, entity.text)
        for place, request in enumerate(result.requests)
        for entity in request.entities
    }
    return [
        (place, span.entity, part.text[span.start : span.end]) in found
        for place, part in enumerate(message)
        for span in part.entities
    ]


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / max(1, len(hits))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="folder of a model version")
    parser.add_argument("file", type=Path, nargs="?", default=FILE)
    arguments = parser.parse_args()
    figures = measure(Parser(arguments.model, version=arguments.model.name), *read(arguments.file))
    lines = (
        *figures.wrong,
        f"several requests, intents and order right: {figures.several:.1%}",
        f"one request, left whole: {figures.single:.1%}",
        f"entities found in the right request: {figures.entities:.1%}",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
