"""How long what failed waits."""

from __future__ import annotations

import pytest

from gateway.background import pause_s


@pytest.mark.parametrize(
    ("failures", "first_s", "longest_s", "expected_s"),
    [(1, 1.0, 60.0, 1.0), (2, 1.0, 60.0, 2.0), (6, 1.0, 60.0, 32.0), (7, 1.0, 60.0, 60.0), (1, 20.0, 600.0, 20.0)],
)
def test_each_failure_doubles_the_pause_up_to_the_longest(
    failures: int, first_s: float, longest_s: float, expected_s: float
) -> None:
    assert pause_s(failures, first_s=first_s, longest_s=longest_s) == expected_s


def test_failures_of_years_are_no_number_that_cannot_be_written() -> None:
    assert pause_s(10_000, longest_s=300.0) == 300.0
