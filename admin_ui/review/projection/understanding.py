"""What a user event says about how the message was understood, with offsets moved into the masked text."""

from __future__ import annotations

from typing import Any

from admin_ui.review.masking import Hint, Masked, Masker
from admin_ui.review.projection.text_key import text_key
from admin_ui.review.tables import Turn
from contract.nlu import FALLBACK_INTENT

KEY = "shopclerk"  # where the bot's channel keeps what Rasa has no place for
BY_NOBODY, BY_BUTTON = "nobody", "button"


def read_turn(event_id: int, sender_id: str, data: dict[str, Any], *, masker: Masker) -> Turn:
    """The turn of a user event; not yet in any session.

    Raises:
        ValueError: the event has no text or another shape than Rasa's.
    """
    text = data.get("text")
    parse = data.get("parse_data") or {}
    if not isinstance(text, str) or not isinstance(parse, dict):
        raise ValueError("it has no text, or its parse data is no object")
    own = parse.get(KEY) or {}
    raw = [row for row in parse.get("entities") or [] if _in_range(row, text)]
    if own.get("place"):
        text, raw = _cut(text, raw, *own["place"])
    hints = [Hint(row["start"], row["end"], str(row["entity"])) for row in raw]
    masked = masker.mask(text, hints)
    places = masked.places()
    ranking = [_score(row) for row in parse.get("intent_ranking") or []]
    intent = parse.get("intent") or {}
    understood_by = own.get("understood_by")
    return Turn(
        id=event_id,
        conversation_id=sender_id,
        at=float(data.get("timestamp") or 0.0),
        kind=_kind(understood_by),
        text=masked.text,
        text_key=text_key(masked.text, places),
        masked=[{"start": start, "end": end, "kind": kind} for start, end, kind in places],
        intent=intent.get("name"),
        confidence=None if intent.get("name") is None else float(intent.get("confidence") or 0.0),
        margin=_margin(ranking),
        ranking=ranking,
        entities=[_entity(row, masked) for row in raw],
        out_of_scope_score=own.get("out_of_scope_score"),
        is_fallback=bool(own.get("is_fallback")) or intent.get("name") == FALLBACK_INTENT,
        understood_by=understood_by,
        model_version=own.get("model_version"),
        handoff=False,
        form_abandoned=False,
    )


def _cut(text: str, rows: list[dict[str, Any]], begin: int, end: int) -> tuple[str, list[dict[str, Any]]]:
    """The first of several requests that are taken one by one: the others are turns of their own."""
    return text[begin:end], [{**row, "start": row["start"] - begin, "end": row["end"] - begin} for row in rows]


def _score(row: dict[str, Any]) -> dict[str, Any]:
    return {"name": str(row["name"]), "confidence": float(row["confidence"])}


def _kind(understood_by: str | None) -> str:
    return {BY_NOBODY: "to_person", BY_BUTTON: "button"}.get(understood_by or "", "message")


def _in_range(row: Any, text: str) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("entity"), str):
        return False
    start, end = row.get("start"), row.get("end")
    return isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)


def _margin(ranking: list[dict[str, Any]]) -> float | None:
    if not ranking:
        return None
    second = float(ranking[1]["confidence"]) if len(ranking) > 1 else 0.0
    return float(ranking[0]["confidence"]) - second


def _entity(row: dict[str, Any], masked: Masked) -> dict[str, Any]:
    """The entity in the masked text; its value is what stands there wherever something was masked."""
    start, end = masked.span(row["start"], row["end"])
    shown = masked.text[start:end]
    touched = any(edit.start < row["end"] and edit.end > row["start"] for edit in masked.edits)
    return {
        "entity": row["entity"],
        "start": start,
        "end": end,
        "text": shown,
        "value": shown if touched else str(row.get("value") or shown),
        "confidence": row.get("confidence_entity"),
    }
