"""When people answer: weekly hours in a time zone, read strictly from the settings."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from contract.settings import Settings
from contract.wire import InvalidInput

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FULL_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY_END = time.max
_DAY = "|".join(DAYS)
_PART = re.compile(rf"({_DAY})(?:-({_DAY}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
_EXAMPLE = "Mon-Fri 09:00-18:00, Sat 10:00-14:00"


@dataclass(frozen=True)
class Shift:
    """Open on ``weekday`` (0 is Monday) from ``begin`` until ``end``, both local time."""

    weekday: int
    begin: time
    end: time


@dataclass(frozen=True)
class BusinessHours:
    """``shifts`` in the order of the week; none at all: always open."""

    shifts: tuple[Shift, ...]
    zone: ZoneInfo

    def is_open(self, at: float) -> bool:
        """Whether people answer at a time (unix seconds)."""
        local = datetime.fromtimestamp(at, self.zone)
        return not self.shifts or any(
            shift.weekday == local.weekday() and shift.begin <= local.time() < shift.end for shift in self.shifts
        )

    def opens_next(self, at: float) -> datetime:
        """When people answer again, at a time (unix seconds) when they don't. Local time."""
        local = datetime.fromtimestamp(at, self.zone)
        coming = [
            datetime.combine(day, shift.begin, self.zone)
            for day in (local.date() + timedelta(days) for days in range(8))
            for shift in self.shifts
            if shift.weekday == day.weekday()
        ]
        return next(moment for moment in sorted(coming) if moment.timestamp() > at)


def parse(hours: str, time_zone: str) -> BusinessHours:
    """The hours as they are written in the settings.

    Raises:
        InvalidInput: not of the form of ``Mon-Fri 09:00-18:00, Sat 10:00-14:00``, hours that overlap or end before
            they begin, or no such time zone. The sentence names the part.
    """
    shifts = [shift for part in hours.split(",") for shift in _shifts(part.strip())] if hours.strip() else []
    shifts.sort(key=lambda shift: (shift.weekday, shift.begin))
    for one, other in itertools.pairwise(shifts):
        if one.weekday == other.weekday and other.begin < one.end:
            raise _wrong(f"{DAYS[one.weekday]} has hours that overlap")
    return BusinessHours(tuple(shifts), _zone(time_zone))


def from_settings(settings: Settings) -> BusinessHours:
    """
    Raises:
        InvalidInput: see ``parse``.
    """
    return parse(settings.business_hours, settings.time_zone)


def _shifts(part: str) -> list[Shift]:
    found = _PART.fullmatch(part)
    if found is None:
        raise _wrong(f"{part!r} is not of that form")
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    if last < first:
        raise _wrong(f"{part!r} goes backwards; the week begins on Monday")
    begin, end = _time(part, found[3], found[4]), _time(part, found[5], found[6])
    if begin >= end:
        raise _wrong(f"{part!r} ends before it begins")
    return [Shift(weekday, begin, end) for weekday in range(first, last + 1)]


def _time(part: str, hour: str, minute: str) -> time:
    if (hour, minute) == ("24", "00"):
        return DAY_END
    if int(hour) > 23 or int(minute) > 59:
        raise _wrong(f"{part!r} has a time that no clock shows")
    return time(int(hour), int(minute))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a path, a folder, an unknown key
        raise InvalidInput(f"SHOPCLERK_TIME_ZONE must be a time zone such as Europe/Berlin, not {name!r}.") from None


def _wrong(why: str) -> InvalidInput:
    return InvalidInput(f"SHOPCLERK_BUSINESS_HOURS must be like {_EXAMPLE!r}: {why}.")
