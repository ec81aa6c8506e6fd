"""Rasa's markup for entities inside one example line: ``[text](entity)`` and ``[text]{"entity": ...}``."""

from __future__ import annotations

import json
import re
from typing import Any

from contract.nlu import EntitySpan, Example
from contract.wire import InvalidTrainingData

_ENTITY = re.compile(r"\[(?P<text>[^\[\]]+)\](?:\((?P<name>[^():]+)(?::(?P<value>[^()]+))?\)|(?P<json>\{[^{}]*\}))")
_KEYS = ("value", "role", "group")


def parse_example(line: str, *, intent: str, source: str | None = None) -> Example:
    """The example written in ``line`` (without its leading ``- ``), with spans into the plain text.

    Raises:
        InvalidTrainingData: an entity's ``{...}`` is no JSON object or names no entity.
    """
    pieces: list[str] = []
    spans: list[EntitySpan] = []
    length = done = 0
    for match in _ENTITY.finditer(line):
        before = line[done : match.start()]
        start = length + len(before)
        length = start + len(match["text"])
        pieces += [before, match["text"]]
        spans.append(_span(match, start=start, end=length, source=source))
        done = match.end()
    return Example(text="".join([*pieces, line[done:]]), intent=intent, entities=tuple(spans), source=source)


def to_markup(example: Example) -> str:
    """The example as one line of Rasa markup; the opposite of ``parse_example``."""
    pieces: list[str] = []
    done = 0
    for span in sorted(example.entities, key=lambda span: span.start):
        pieces += [example.text[done : span.start], "[", example.text[span.start : span.end], "]", _label(span)]
        done = span.end
    return "".join([*pieces, example.text[done:]])


def _span(match: re.Match[str], *, start: int, end: int, source: str | None) -> EntitySpan:
    if match["json"] is None:
        return EntitySpan(start=start, end=end, entity=match["name"].strip(), value=match["value"])
    details = _details(match["json"], source=source)
    extra = {key: str(details[key]) for key in _KEYS if details.get(key) is not None}
    return EntitySpan(start=start, end=end, entity=details["entity"], **extra)


def _details(text: str, *, source: str | None) -> dict[str, Any]:
    try:
        details = json.loads(text)
    except ValueError as error:
        raise InvalidTrainingData(f"{source or 'An example'}: {text} is no JSON object ({error}).") from error
    if not isinstance(details.get("entity"), str):
        raise InvalidTrainingData(f'{source or "An example"}: {text} names no entity; write {{"entity": "name"}}.')
    return details


def _label(span: EntitySpan) -> str:
    extra = {key: getattr(span, key) for key in _KEYS if getattr(span, key) is not None}
    if not extra:
        return f"({span.entity})"
    return json.dumps({"entity": span.entity, **extra}, ensure_ascii=False)
