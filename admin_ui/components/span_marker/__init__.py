"""Marks entities in a message by mouse or keyboard. Offsets count characters as Python does; ends are exclusive."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from admin_ui.components.colours import colour_of
from admin_ui.review.training.labels import Label

HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def _component() -> Any:
    files = {kind: (HERE / f"marker.{kind}").read_text(encoding="utf-8") for kind in ("js", "css")}
    return st.components.v2.component("shopclerk_span_marker", isolate_styles=False, **files)


def mark_spans(text: str, spans: list[dict[str, Any]], entities: dict[str, Label], *, key: str) -> list[dict[str, Any]]:
    """Draws the message and gives the spans ``{start, end, entity}`` as they are marked now.

    Args:
        spans: what is marked at first.
        entities: what can be marked, by name.
        key: of this message; another key begins anew with ``spans``.
    """
    first = [{"start": s["start"], "end": s["end"], "entity": s["entity"]} for s in spans]
    choices = [_choice(label) for label in entities.values()]
    usual = max(entities.values(), key=lambda label: label.examples).name
    result = _component()(
        key=key,
        data={"text": text, "spans": first, "entities": choices, "usual": usual},
        default={"spans": first},
        on_spans_change=lambda: None,
    )
    found = result.get("spans") if hasattr(result, "get") else None
    return [dict(span) for span in (first if found is None else found)]


def _choice(label: Label) -> dict[str, str]:
    return {"name": label.name, "title": label.title, "hint": label.hint, "colour": colour_of(label.name)}
