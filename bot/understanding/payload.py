"""The payload of a button that the bot offered: ``/intent{"entity": "value"}``."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

from contract.nlu import Entity, IntentScore, ParseResult
from contract.wire import InvalidInput

MAX_PAYLOAD = 1000
_FORM = re.compile(r"/(?P<intent>[a-z][a-z0-9_]{0,63})\s*(?P<entities>\{.*\})?\s*", re.DOTALL)


def parse_payload(payload: str, *, intents: Collection[str], entities: Collection[str]) -> ParseResult:
    """What the button means, with confidence 1.

    Raises:
        InvalidInput: not of this form, or an intent or entity that this bot does not know.
    """
    match = _FORM.fullmatch(payload) if len(payload) <= MAX_PAYLOAD else None
    if match is None:
        raise InvalidInput('A button payload must look like /intent{"entity": "value"}.')
    intent = match["intent"]
    if intent not in intents:
        raise InvalidInput(f"The button names an intent that this bot does not have: {intent}.")
    values = _values(match["entities"])
    unknown = sorted(set(values) - set(entities))
    if unknown:
        raise InvalidInput(f"The button names entities that this bot does not have: {', '.join(unknown)}.")
    score = IntentScore(name=intent, confidence=1.0)
    return ParseResult(
        text=payload,
        intent=score,
        intent_ranking=(score,),
        entities=tuple(_entity(name, value, payload) for name, value in values.items()),
        out_of_scope_score=0.0,
        is_fallback=False,
        model_version="button",
    )


def _values(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        values = json.loads(text)
        json.dumps(values, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("The values of the button are not JSON.") from error
    if not all(isinstance(value, (str, int, float, bool)) for value in values.values()):
        raise InvalidInput("The values of a button must be texts or numbers.")
    return values


def _entity(name: str, value: Any, payload: str) -> Entity:
    return Entity(
        entity=name, value=value, start=0, end=len(payload), text=str(value), confidence=1.0, extractor="button"
    )
