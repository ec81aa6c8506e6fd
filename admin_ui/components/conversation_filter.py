"""The filters of the conversation list."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from admin_ui.components.texts import zone
from admin_ui.review import filters
from admin_ui.review.filters import Filter
from admin_ui.session import Here

ONLY = {"Not understood": "only_fallback", "Handed over": "only_handoff", "Thumbs down": "only_thumbs_down"}


def choose_filter(here: Here) -> Filter:
    """What the operator wants to see."""
    with here.services.database.session() as session:
        channels, intents = filters.channels(session), filters.intents(session)
    with st.container(border=True):
        first, second, third, fourth = st.columns([1.6, 1.9, 1, 1.5])
        text = first.text_input(
            "Words", placeholder="In what the shopper wrote", icon=":material/search:", key="f_text"
        )
        days = second.date_input("Dates", value=[], key="f_dates", format="YYYY-MM-DD")
        channel = third.selectbox("Channel", channels, index=None, placeholder="Any", key="f_channel")
        intent = fourth.selectbox("Intent", intents, index=None, placeholder="Any", key="f_intent")
        left, right = st.columns([2, 3])
        low, high = left.slider("Confidence", 0, 100, (0, 100), format="%d %%", key="f_confidence")
        only = right.pills("Only", list(ONLY), selection_mode="multi", key="f_only")
    since, until = _bounds(days)
    return Filter(
        since=since,
        until=until,
        channel=channel,
        intent=intent,
        min_confidence=low / 100,
        max_confidence=high / 100,
        text=text or "",
        **{ONLY[name]: True for name in only or []},
    )


def _bounds(days: Any) -> tuple[float | None, float | None]:
    """The chosen days as unix seconds; the last day counts whole."""
    chosen = list(days) if isinstance(days, (tuple, list)) else [days]
    if not chosen:
        return None, None
    return _midnight(chosen[0]), _midnight(chosen[-1] + timedelta(days=1))


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), zone()).timestamp()
