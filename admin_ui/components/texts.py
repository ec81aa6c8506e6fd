"""Numbers, times and shoppers' words as people read them."""

from __future__ import annotations

import re
from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:])")


def zone() -> tzinfo:
    """The time zone of the browser, UTC where it does not say."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.utc


def when(at: float | str) -> str:
    """Unix seconds or ISO 8601 as ``24 Nov 2026, 14:05``."""
    return moment(at).strftime("%-d %b %Y, %H:%M")


def moment(at: float | str) -> datetime:
    """Unix seconds or ISO 8601 in the browser's time zone."""
    if isinstance(at, str):
        found = datetime.fromisoformat(at.replace("Z", "+00:00"))
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(zone())
    return datetime.fromtimestamp(at, zone())


def ago(at: float | str, *, now: datetime | None = None) -> str:
    """How long ago, as ``less than a minute``, ``4 min``, ``2 h 5 min`` or ``3 d 1 h``."""
    minutes = int(((now or datetime.now(timezone.utc)) - moment(at)).total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def percent(share: float | None) -> str:
    """``0.123`` as ``12.3 %``, a dash for None."""
    return "–" if share is None else f"{share * 100:.1f} %"


def plain(text: str) -> str:
    """Words that somebody else wrote, so that Streamlit's markdown shows them as they are."""
    return _MARKDOWN.sub(r"\\\1", text).replace("\n", "  \n")


def answer(text: str) -> str:
    """Words of the bot: as ``plain``, only that what it wrote in bold is bold."""
    return plain(text).replace(r"\*\*", "**")


def size(number: int) -> str:
    """Bytes as ``22.7 MB``."""
    return f"{number / 1e6:.1f} MB"
