"""Rasa's markup for one example: ``where is [#W2611340](order_id)``."""

from __future__ import annotations

import json
import re
from typing import Any

from contract.nlu import EntitySpan, Example
from contract.wire import InvalidInput

_ENTITY = re.compile(r"\[(?P<text>[^\[\]]+)\](?:\((?P<name>[^():]+)(?::(?P<value>[^()]+))?\)|(?P<json>\{[^{}]*\}))")
# What YAML's reader refuses, and what Rasa's markup would take for an entity.
_NOT_YAML = re.compile("[^\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BRACKETS = str.maketrans("[]", "()")


def to_markup(text: str, spans: list[dict[str, Any]]) -> str:
    """One line of markup. Brackets in the text become round ones.

    ``spans`` are ``{start, end, entity}`` and may have a ``value``.

    Raises:
        InvalidInput: a span lies outside the text, is empty, or overlaps another.
    """
    text = plain(text)
    check_spans(text, spans)
    parts, place = [], 0
    for span in sorted(spans, key=lambda s: s["start"]):
        start, end = span["start"], span["end"]
        parts += [text[place:start], f"[{text[start:end]}]{_label(span)}"]
        place = end
    return "".join([*parts, text[place:]])


def _label(span: dict[str, Any]) -> str:
    if span.get("value") is None:
        return f"({span['entity']})"
    return json.dumps({"entity": span["entity"], "value": span["value"]}, ensure_ascii=False)


def plain(text: str) -> str:
    """``text`` of the same length without what a training file cannot hold."""
    return _NOT_YAML.sub(" ", text.translate(_BRACKETS))


def check_spans(text: str, spans: list[dict[str, Any]]) -> None:
    """
    Raises:
        InvalidInput: a span lies outside the text, is empty, or overlaps another.
    """
    done = 0
    for span in sorted(spans, key=lambda s: s["start"]):
        start, end, entity = span["start"], span["end"], span["entity"]
        if not 0 <= start < end <= len(text):
            raise InvalidInput(
                f"The {entity} at {start} to {end} lies outside the message, which has {len(text)} characters."
            )
        if start < done:
            raise InvalidInput(f"The {entity} at {start} to {end} overlaps another entity. Remove one of them.")
        if not text[start:end].strip():
            raise InvalidInput(f"The {entity} at {start} to {end} holds only blanks. Mark the words themselves.")
        done = end


def from_markup(line: str, *, intent: str, source: str | None = None) -> Example:
    """The example that a line of a training file (without ``- ``) stands for.

    Raises:
        InvalidInput: the details of an entity are no JSON object that names one.
    """
    pieces: list[str] = []
    spans: list[EntitySpan] = []
    length = place = 0
    for match in _ENTITY.finditer(line):
        before = line[place : match.start()]
        start = length + len(before)
        length = start + len(match["text"])
        pieces += [before, match["text"]]
        name, value = (match["name"].strip(), match["value"]) if match["name"] else _details(match["json"], source)
        spans.append(EntitySpan(start=start, end=length, entity=name, value=value))
        place = match.end()
    return Example(text="".join([*pieces, line[place:]]), intent=intent, entities=tuple(spans), source=source)


def _details(written: str, source: str | None) -> tuple[str, str | None]:
    try:
        details = json.loads(written)
        value = details.get("value")
        return str(details["entity"]), None if value is None else str(value)
    except (ValueError, KeyError, AttributeError) as error:
        raise InvalidInput(f'{source or "An example"}: {written} must look like {{"entity": "color"}}.') from error
