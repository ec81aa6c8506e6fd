"""A ``ParseResult`` of the contract as the ``parse_data`` that Rasa stores with the shopper's message.

The stored user event then holds, beside Rasa's own keys ``text``, ``intent``, ``entities`` and ``intent_ranking``::

    "parse_data": {
      "intent": {"name": "nlu_fallback", "confidence": 0.31},   # the top intent, or the fallback
      "intent_ranking": [{"name": "track_order", "confidence": 0.31}, ...],   # always what was really predicted
      "shopclerk": {
        "model_version": "20260101T120000-0123456789ab",   # or "local-<12 hex digits>", or "button"
        "understood_by": "transformer" | "local" | "button" | "nobody",
        "is_fallback": true,
        "out_of_scope_score": 0.07,
        "requests": [{"intent": {"name": ..., "confidence": ...}, "start": 0, "end": 13}, ...],   # only if several
        "place": [0, 13],   # only if the dialogue takes the requests one by one: where this one stands. Rasa's own
        "whole": {"entities": [...], "intent_ranking": [...]},   # keys are about this one then, these about them all
        "parts": [parse data, ...],   # only inside a form, if several: the form says which of them wait
        "timings_ms": {"total": 4.1}
      }
    }
"""

from __future__ import annotations

from typing import Any

from contract.nlu import FALLBACK_INTENT, Entity, IntentScore, ParseResult, Request
from contract.wire import to_json

KEY, PLACE = "shopclerk", "place"
WHOLE = ("entities", "intent_ranking")
BY_TRANSFORMER, BY_LOCAL, BY_BUTTON, BY_NOBODY = "transformer", "local", "button", "nobody"
MAX_RANKING = 10


def from_result(result: ParseResult, *, understood_by: str) -> dict[str, Any]:
    """Rasa's parse data. A fallback becomes the intent ``nlu_fallback``; the ranking stays what was predicted."""
    name = FALLBACK_INTENT if result.is_fallback else result.intent.name
    return {
        "text": result.text,
        "intent": {"name": name, "confidence": result.intent.confidence},
        "entities": [_entity(entity) for entity in result.entities],
        "intent_ranking": to_json(result.intent_ranking[:MAX_RANKING]),
        KEY: {
            "model_version": result.model_version,
            "understood_by": understood_by,
            "is_fallback": result.is_fallback,
            "out_of_scope_score": result.out_of_scope_score,
            "requests": [_request(request) for request in result.requests] if len(result.requests) > 1 else [],
            "timings_ms": dict(result.timings_ms),
        },
    }


def not_parsed(text: str) -> dict[str, Any]:
    """Parse data of a message that Rasa only listens to, because a person has the conversation."""
    return {
        "text": text,
        "intent": {"name": None, "confidence": 0.0},
        "entities": [],
        "intent_ranking": [],
        KEY: {"model_version": None, "understood_by": BY_NOBODY, "is_fallback": False, "out_of_scope_score": 0.0},
    }


def to_result(parse_data: dict[str, Any]) -> ParseResult | None:
    """The ``ParseResult`` that ``from_result`` was given, from a stored event; None if it isn't ours."""
    own = parse_data.get(KEY)
    whole = {**parse_data, **((own or {}).get("whole") or {})}
    ranking = tuple(_score(row) for row in whole.get("intent_ranking", []))
    if not own or not ranking:
        return None
    text = parse_data.get("text") or ""
    entities = tuple(_to_entity(row, text) for row in whole.get("entities", []))
    return ParseResult(
        text=text,
        intent=ranking[0],
        intent_ranking=ranking,
        entities=entities,
        out_of_scope_score=float(own.get("out_of_scope_score") or 0.0),
        is_fallback=bool(own.get("is_fallback")),
        model_version=own.get("model_version") or "",
        requests=tuple(_to_request(row, entities) for row in own.get("requests", [])),
        timings_ms=dict(own.get("timings_ms", {})),
    )


def _entity(entity: Entity) -> dict[str, Any]:
    row: dict[str, Any] = {
        "entity": entity.entity,
        "value": entity.value,
        "start": entity.start,
        "end": entity.end,
        "confidence_entity": entity.confidence,
        "extractor": entity.extractor,
    }
    if entity.role:
        row["role"] = entity.role
    if entity.group:
        row["group"] = entity.group
    return row


def _to_entity(row: dict[str, Any], text: str) -> Entity:
    start, end = int(row.get("start", 0)), int(row.get("end", 0))
    return Entity(
        entity=row["entity"],
        value=row.get("value"),
        start=start,
        end=end,
        text=text[start:end],
        confidence=float(row.get("confidence_entity", 1.0)),
        extractor=row.get("extractor", ""),
        role=row.get("role"),
        group=row.get("group"),
    )


def _request(request: Request) -> dict[str, Any]:
    """Without its entities: they are those that stand in it."""
    return {"intent": to_json(request.intent), "start": request.start, "end": request.end}


def _to_request(row: dict[str, Any], entities: tuple[Entity, ...]) -> Request:
    start, end = int(row["start"]), int(row["end"])
    own = tuple(entity for entity in entities if start <= entity.start < end)
    return Request(_score(row["intent"]), own, start, end)


def _score(row: dict[str, Any]) -> IntentScore:
    return IntentScore(name=row["name"], confidence=float(row["confidence"]))
