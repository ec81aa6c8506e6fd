"""Dates in words as ISO 8601, counted from today.

A day is ``2026-11-24``, a span of days ``2026-11-16/2026-11-22``, a length of time ``P14D``. What is none of these
("ages ago", "8 pm") has no value of its own. Where the words leave it open:

* ``12/05`` is month/day; day/month where only that is a date, and always with dots: ``12.05.``
* A day of the week is the next one (today counts not), with "last" or after words of the past the one before.
* A day or a month without a year is the next one, after words of the past the last one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from nlu_models.inference.numbers import number

_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = {short: place for place, name in enumerate(_MONTH_NAMES, start=1) for short in (name, name[:3])} | {"sept": 9}
_WEEKDAYS = {short: place for place, name in enumerate(_DAY_NAMES) for short in (name, name[:3])}
_WEEKDAYS |= {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_NEAR = {
    "today": 0, "tonight": 0, "now": 0, "this morning": 0, "this afternoon": 0, "this evening": 0,
    "yesterday": -1, "last night": -1, "yesterday morning": -1, "yesterday evening": -1,
    "the day before yesterday": -2, "day before yesterday": -2,
    "tomorrow": 1, "tomorow": 1, "tommorow": 1, "tommorrow": 1, "tmrw": 1, "tmr": 1, "next day": 1,
    "tomorrow morning": 1, "tomorrow evening": 1, "the day after tomorrow": 2, "day after tomorrow": 2,
}  # fmt: skip
_FEASTS = {
    "christmas": (12, 25), "xmas": (12, 25), "christmas eve": (12, 24), "new year": (1, 1), "new year's": (1, 1),
    "new year's eve": (12, 31), "halloween": (10, 31), "valentine's day": (2, 14), "valentines day": (2, 14),
    "valentines": (2, 14), "valentine's": (2, 14),
}  # fmt: skip
_LEAD = re.compile(r"^(?:on|by|at|for|since|from|until|till|before|after|around|about|the|of)\s+(?!day )")
_PAST = re.compile(
    r"\b(?:was|were|did|didn't|had|have|has|been|since|bought|got|came|paid|sent|made|took|gave|went|put|\w{2,}ed)\b"
)
_AHEAD = re.compile(r"\b(?:by|until|till|before|next|will|deliver|arrive|want|need)\b(?!.*\b(?:since|from)\b)")
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_MONTH = rf"({'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_YEAR = r"(?:,?\s+(\d{4}))?"
_UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}
_COUNT = r"(\d+|[a-z]+(?:[ -][a-z]+)?(?: of)?)"
_UNIT = r"(day|week|month|year)s?"


@dataclass(frozen=True)
class When:
    """``past``: the words before speak of what was."""

    today: date
    past: bool


def iso(text: str, *, today: date, before: str = "") -> str | None:
    """``text`` in ISO 8601, or None where it is no date.

    Args:
        before: what stands before it in the message: whether it speaks of the past.
    """
    plain = _LEAD.sub("", " ".join(text.casefold().replace("’", "'").split()).strip(" .,!?"))
    past = bool(_PAST.search(before.casefold())) and not _AHEAD.search(before.casefold()[-30:])
    for pattern, read in _FORMS:
        match = pattern.fullmatch(plain)
        if match is not None:
            try:
                return read(match, When(today, past=past))
            except (ValueError, OverflowError):  # the 31st of June, the year 0
                return None
    return None


def _near(match: re.Match[str], when: When) -> str:
    return (when.today + timedelta(_NEAR[match[0]])).isoformat()


def _feast(match: re.Match[str], when: When) -> str:
    return _without_year(*_FEASTS[match[2]], replace(when, past=when.past or match[1] == "last ")).isoformat()


def _weekday(match: re.Match[str], when: When) -> str:
    ahead = (_WEEKDAYS[match[2]] - when.today.weekday()) % 7
    if match[1] == "last " or (when.past and match[1] not in ("next ", "this ", "coming ")):
        return (when.today - timedelta((7 - ahead) % 7 or 7)).isoformat()
    return (when.today + timedelta(ahead or 7)).isoformat()


def _just_now(_: re.Match[str], when: When) -> str:
    return when.today.isoformat()


def _relative(match: re.Match[str], when: When) -> str | None:
    count = number(match[1])
    if count is None:
        return None
    return _moved(when.today, -count if match[0].endswith("ago") else count, match[2]).isoformat()


def _length(match: re.Match[str], _: When) -> str | None:
    count = number(match[1])
    return None if count is None else f"P{count}{match[2][0].upper()}"


def _span(match: re.Match[str], when: When) -> str:
    step = {"last": -1, "past": -1, "this": 0, "next": 1, "coming": 1}[match[1]]
    if match[2] == "week":
        start = when.today - timedelta(when.today.weekday()) + timedelta(7 * step)
        return _days(start, start + timedelta(6))
    if match[2] == "year":
        return _days(date(when.today.year + step, 1, 1), date(when.today.year + step, 12, 31))
    return _month_of(_moved(when.today.replace(day=1), step, "month"))


def _weekend(match: re.Match[str], when: When) -> str:
    saturday = when.today - timedelta(when.today.weekday()) + timedelta(5)
    behind = match[1] == "last " or (match[1] is None and when.past)
    step = -7 if behind else 7 if match[1] == "next " else 0
    return _days(saturday + timedelta(step), saturday + timedelta(step + 1))


def _month(match: re.Match[str], when: When) -> str:
    month, year = _MONTHS[match[2]], match[3]
    if year is None:
        behind = when.past or match[1] == "last "
        wanted = when.today.year - (month > when.today.month if behind else -(month < when.today.month))
        return _month_of(date(wanted, month, 1))
    return _month_of(date(int(year), month, 1))


def _end_of(match: re.Match[str], when: When) -> str:
    if match[1] == "year":
        return date(when.today.year, 12, 31).isoformat()
    if match[1] == "week":
        return (when.today + timedelta(6 - when.today.weekday())).isoformat()
    return (_moved(when.today.replace(day=1), 1, "month") - timedelta(1)).isoformat()


def _year(match: re.Match[str], _: When) -> str:
    return _days(date(int(match[1]), 1, 1), date(int(match[1]), 12, 31))


def _iso_day(match: re.Match[str], _: When) -> str:
    return date(int(match[1]), int(match[2]), int(match[3])).isoformat()


def _month_day(match: re.Match[str], when: When) -> str:
    return _day(int(match[2]), _MONTHS[match[1]], match[3], when)


def _day_month(match: re.Match[str], when: When) -> str:
    return _day(int(match[1]), _MONTHS[match[2]], match[3], when)


def _with_dots(match: re.Match[str], when: When) -> str:
    return _day(int(match[1]), int(match[2]), match[3], when)


def _with_slashes(match: re.Match[str], when: When) -> str:
    first, second = int(match[1]), int(match[2])
    day, month = (first, second) if first > 12 else (second, first)
    return _day(day, month, match[3], when)


def _day_of_month(match: re.Match[str], when: When) -> str:
    day = int(match[1])
    here = when.today.replace(day=1)
    behind = here if day <= when.today.day else _moved(here, -1, "month")
    ahead = here if day >= when.today.day else _moved(here, 1, "month")
    return (behind if when.past else ahead).replace(day=day).isoformat()


def _day(day: int, month: int, year: str | None, when: When) -> str:
    if not year:
        return _without_year(month, day, when).isoformat()
    return date(int(year) + (2000 if len(year) == 2 else 0), month, day).isoformat()


def _without_year(month: int, day: int, when: When) -> date:
    here = date(when.today.year, month, day)
    if when.past:
        return here if here <= when.today else date(when.today.year - 1, month, day)
    return here if here >= when.today else date(when.today.year + 1, month, day)


def _moved(day: date, count: int, unit: str) -> date:
    if unit in ("day", "week"):
        return day + timedelta(count * _UNITS[unit])
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
    first = date(months // 12, months % 12 + 1, 1)
    last = (_moved(first, 31, "day").replace(day=1) - timedelta(1)).day
    return first.replace(day=min(day.day, last))


def _month_of(first: date) -> str:
    return _days(first, _moved(first, 1, "month") - timedelta(1))


def _days(first: date, last: date) -> str:
    return f"{first.isoformat()}/{last.isoformat()}"


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


Read = Callable[[re.Match[str], When], str | None]
_FORMS: tuple[tuple[re.Pattern[str], Read], ...] = (
    (re.compile(_any(_NEAR)), _near),
    (re.compile(r"(last |next |this )?weekend"), _weekend),
    (re.compile(r"(last|this|next|past|coming) (week|month|year)"), _span),
    (re.compile(r"(?:the )?end of (?:the |this )?(week|month|year)"), _end_of),
    (re.compile(rf"(last |next |this )?({_any(_FEASTS)})"), _feast),
    (
        re.compile(rf"(last |next |this |coming )?({_any(_WEEKDAYS)})(?: (?:morning|evening|night|afternoon))?"),
        _weekday,
    ),
    (re.compile(rf"{_COUNT}\s?(?:hour|hr|minute|min)s? ago"), _just_now),
    (re.compile(rf"{_COUNT}\s?{_UNIT} (ago|from now|later|from today)"), _relative),
    (re.compile(rf"(?:in|within) {_COUNT}\s?{_UNIT}"), _relative),
    (re.compile(rf"{_COUNT}[\s-]?{_UNIT}"), _length),
    (re.compile(rf"(?:in )?(last |next |this )?{_MONTH}\.?{_YEAR}"), _month),
    (re.compile(rf"{_MONTH}\.? (?:the )?{_DAY}{_YEAR}"), _month_day),
    (re.compile(rf"(?:the )?{_DAY}\.?(?: of)? {_MONTH}\.?{_YEAR}"), _day_month),
    (re.compile(r"(20\d\d)"), _year),
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), _iso_day),
    (re.compile(r"(\d{1,2})\.\s?(\d{1,2})(?:\.\s?(\d{4}|\d{2})?)?"), _with_dots),
    (re.compile(r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}|\d{2}))?"), _with_slashes),
    (re.compile(r"(?:the )?(\d{1,2})(?:st|nd|rd|th)"), _day_of_month),
)
