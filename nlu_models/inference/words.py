"""From the tokens of a text back to its words, with exact character offsets."""

from __future__ import annotations

from dataclasses import dataclass, field

from tokenizers import Encoding


@dataclass
class Word:
    """A word of the text: characters ``start`` to ``end`` (exclusive) and the tokens that make it."""

    start: int
    end: int
    tokens: list[int] = field(default_factory=list)


def words_of(encoding: Encoding) -> list[Word]:
    """The words of an encoded text, in order; special tokens and tokens without characters belong to none."""
    words: list[Word] = []
    last: int | None = None
    for token, (number, (start, end)) in enumerate(zip(encoding.word_ids, encoding.offsets, strict=True)):
        if number is None or end <= start:
            continue
        if number != last:
            words.append(Word(start=start, end=end))
            last = number
        words[-1].end = max(words[-1].end, end)
        words[-1].tokens.append(token)
    return words
