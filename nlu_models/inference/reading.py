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
        self._starts: list[int] = []  # of each change, in the text that is read
        text, at = "", 0
        for change in changes:
            text += written[at : change.start]
            self._starts.append(len(text))
            text += change.word
            at = change.end
        self.text = text + written[at:]

    def words(self, encoding: Encoding) -> list[Word]:
        """The words of the encoded ``text``, where they stand in what was written."""
        words = words_of(encoding, self.text)
        if self.changes:
            for word in words:
                word.start, word.end = self._start(word.start), self._end(word.end)
        return words

    def _start(self, place: int) -> int:
        moved = 0
        for start, change in zip(self._starts, self.changes, strict=True):
            if place < start:
                break
            if place < start + len(change.word):
                return change.start
            moved = change.end - start - len(change.word)
        return place + moved

    def _end(self, place: int) -> int:
        moved = 0
        for start, change in zip(self._starts, self.changes, strict=True):
            if place <= start:
                break
            if place <= start + len(change.word):
                return change.end
            moved = change.end - start - len(change.word)
        return place + moved


@dataclass(frozen=True)
class Likely:
    """One of the ways to read a text, by ``weight`` (a logarithm) likelier than another."""

    reading: Reading
    weight: float = 0.0
