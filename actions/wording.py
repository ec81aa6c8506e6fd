"""How dates, lists and states read in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from babel import UnknownLocaleError
from babel.dates import format_date, format_datetime

STATUS_TITLES = {
    "pending": "Being prepared",
    "processed": "Ready to ship",
    "shipped": "Shipped",
    "delivered": "Delivered",
    "cancelled": "Cancelled",
    "exchange_requested": "Exchange requested",
    "return_requested": "Return requested",
    "returned": "Returned",
    "refunded": "Refunded",
}


def day(when: datetime | date, locale: str) -> str:
    """``Mar 3, 2026`` in the shop's manner; an unknown locale falls back to English."""
    try:
        return format_date(when, format="medium", locale=locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return format_date(when, format="medium", locale="en_US")


def moment(when: datetime, locale: str) -> str:
    """``Mar 3, 14:05`` in UTC."""
    try:
        return format_datetime(when, "MMM d, HH:mm", locale=locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return format_datetime(when, "MMM d, HH:mm", locale="en_US")


def listed(words: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def status_title(status: str) -> str:
    return STATUS_TITLES.get(status) or status.replace("_", " ").capitalize()


def options_text(options: dict[str, str]) -> str:
    """``red, M``."""
    return ", ".join(options.values())
