"""A text as it is read, with the way back to how it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Encoding

from nlu_models.inference.words import Word, words_of


@dataclass(frozen=True)
class Change:
    """Characters ``start`` to ``end`` (exclusive) of a written text are read as ``word``."""

    start: int
    end: int
    word: str


class Reading:
    """``written`` with the changes made, of which none overlaps another: ``text``."""

    def __init__(self, written: str, changes: Sequence[Change] = ()) -> None:
        """
        Args:
            changes: from left to right.
        """
        self.written, self.changes = written, tuple(changes)
        self._in_written = [range(change.start, change.end) for change in changes]
        self._in_text: list[range] = []
        text, at = "", 0
        for change in changes:
            text += written[at : change.start]
            self._in_text.append(range(len(text), len(text) + len(change.word)))
            text += change.word
            at = change.end
        self.text = text + written[at:]

    def words(self, encoding: Encoding) -> list[Word]:
        """The words of the encoded ``text``, where they stand in what was written."""
        words = words_of(encoding, self.text)
        if self.changes:
            for word in words:
                word.start = _start(word.start, self._in_text, self._in_written)
                word.end = _end(word.end, self._in_text, self._in_written)
        return words

    def place_of(self, start: int, end: int) -> tuple[int, int]:
        """Where that which was written from ``start`` to ``end`` (exclusive) stands in ``text``."""
        return _start(start, self._in_written, self._in_text), _end(end, self._in_written, self._in_text)


def _start(place: int, changed: Sequence[range], others: Sequence[range]) -> int:
    """Where what begins at ``place`` of a text begins in the other one; changed words stay in one piece."""
    moved = 0
    for here, there in zip(changed, others, strict=True):
        if place < here.start:
            break
        if place < here.stop:
            return there.start
        moved = there.stop - here.stop
    return place + moved


def _end(place: int, changed: Sequence[range], others: Sequence[range]) -> int:
    moved = 0
    for here, there in zip(changed, others, strict=True):
        if place <= here.start:
            break
        if place <= here.stop:
            return there.stop
        moved = there.stop - here.stop
    return place + moved


@dataclass(frozen=True)
class Likely:
    """One of the ways to read a text, by ``weight`` (a logarithm) likelier than another."""

    reading: Reading
    weight: float = 0.0
