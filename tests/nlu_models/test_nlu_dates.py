"""Dates in words, on Wednesday, the 25th of November 2026."""

from __future__ import annotations

from datetime import date

import pytest

from nlu_models.inference.dates import iso

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("today", "2026-11-25"),
        ("this morning", "2026-11-25"),
        ("Yesterday", "2026-11-24"),
        ("the day before yesterday", "2026-11-23"),
        ("tommorow", "2026-11-26"),
        ("3 days ago", "2026-11-22"),
        ("two weeks ago", "2026-11-11"),
        ("a couple of days ago", "2026-11-23"),
        ("a month ago", "2026-10-25"),
        ("an hour ago", "2026-11-25"),
        ("in ten days", "2026-12-05"),
        ("within two weeks", "2026-12-09"),
        ("Friday", "2026-11-27"),
        ("by Friday", "2026-11-27"),
        ("wed", "2026-12-02"),
        ("last friday", "2026-11-20"),
        ("next Monday", "2026-11-30"),
        ("weekend", "2026-11-28/2026-11-29"),
        ("next weekend", "2026-12-05/2026-12-06"),
        ("last week", "2026-11-16/2026-11-22"),
        ("this month", "2026-11-01/2026-11-30"),
        ("next month", "2026-12-01/2026-12-31"),
        ("last year", "2025-01-01/2025-12-31"),
        ("end of the month", "2026-11-30"),
        ("the end of the year", "2026-12-31"),
        ("May 5th", "2027-05-05"),
        ("5 May 2025", "2025-05-05"),
        ("the 5th of May", "2027-05-05"),
        ("Dec. 24", "2026-12-24"),
        ("May", "2027-05-01/2027-05-31"),
        ("in february 2024", "2024-02-01/2024-02-29"),
        ("2024", "2024-01-01/2024-12-31"),
        ("the 3rd", "2026-12-03"),
        ("12/05", "2026-12-05"),
        ("25/12", "2026-12-25"),
        ("12/05/2025", "2025-12-05"),
        ("1/2/25", "2025-01-02"),
        ("12.05.", "2027-05-12"),
        ("12.05.2025", "2025-05-12"),
        ("2026-01-09", "2026-01-09"),
        ("last Christmas", "2025-12-25"),
        ("New Year's Eve", "2026-12-31"),
        ("14 days", "P14D"),
        ("two years", "P2Y"),
        ("a week", "P1W"),
        ("31 June", None),
        ("13/13", None),
        ("ages ago", None),
        ("last", None),
        ("8 pm", None),
        ("", None),
    ],
)
def test_a_date_in_words_has_a_value(text: str, value: str | None) -> None:
    assert iso(text, today=TODAY) == value


@pytest.mark.parametrize(
    ("before", "text", "value"),
    [
        ("I ordered it on", "Friday", "2026-11-20"),
        ("I bought it in", "May", "2026-05-01/2026-05-31"),
        ("it should have been here", "on Monday", "2026-11-23"),
        ("I've been waiting since", "the 3rd", "2026-11-03"),
        ("you delivered on", "12/05", "2025-12-05"),
        ("I ordered a dress and need it by", "Friday", "2026-11-27"),
        ("will it arrive before", "Christmas", "2026-12-25"),
    ],
)
def test_what_stands_before_a_date_tells_past_from_future(before: str, text: str, value: str) -> None:
    assert iso(text, today=TODAY, before=before) == value


def test_the_same_day_of_a_shorter_month() -> None:
    assert iso("a month ago", today=date(2026, 3, 31)) == "2026-02-28"
    assert iso("in 4 years", today=date(2024, 2, 29)) == "2028-02-29"
    assert iso("the 31st", today=date(2026, 6, 15)) is None
    assert iso("9999 years", today=TODAY) == "P9999Y"
    assert iso("9999 years ago", today=TODAY) is None
