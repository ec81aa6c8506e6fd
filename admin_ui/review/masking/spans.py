"""A found piece of personal data, and which of two that overlap is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """``kind`` of personal data at ``[start, end)``; a lower ``rank`` wins where two overlap."""

    start: int
    end: int
    kind: str
    rank: int


def without_overlaps(found: Iterable[Found]) -> list[Found]:
    """The best of what overlaps (rank, then length), in the order of the text."""
    kept: list[Found] = []
    for item in sorted(found, key=lambda f: (f.rank, f.start - f.end, f.start)):
        if item.start < item.end and all(item.end <= other.start or item.start >= other.end for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda f: f.start)
