"""Which keys touch each other on the keyboard that most shoppers type on."""

from __future__ import annotations

LETTERS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
DIGITS = "1234567890"


def neighbours(rows: tuple[str, ...]) -> dict[str, list[str]]:
    """The keys that touch each key: beside it, above and below."""
    return {
        key: [
            other
            for near, line in enumerate(rows)
            for there, other in enumerate(line)
            if abs(near - row) <= 1 and abs(there - column) <= 1 and other != key
        ]
        for row, keys in enumerate(rows)
        for column, key in enumerate(keys)
    }
