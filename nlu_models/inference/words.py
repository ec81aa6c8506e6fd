"""From the tokens of a text back to its words, with exact character offsets."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from tokenizers import Encoding


@dataclass
class Word:
    """A word of the text: characters ``start`` to ``end`` (exclusive) and the tokens that make it."""

    start: int
    end: int
    tokens: list[int] = field(default_factory=list)


def words_of(encoding: Encoding, text: str) -> list[Word]:
    """The words of ``text``, in order; special tokens and tokens without characters belong to none.

    BERT's tokenizers cut at spaces and punctuation. Others put the space before a word into its token, or leave a
    word's punctuation in the word: here all give the same words.
    """
    words: list[Word] = []
    last: int | None = None
    for token, (number, (start, end)) in enumerate(zip(encoding.word_ids, encoding.offsets, strict=True)):
        while start < end and text[start].isspace():
            start += 1
        if number is None or end <= start:
            continue
        if number != last or _cut(text, words[-1].end, start):
            words.append(Word(start=start, end=end))
            last = number
        words[-1].end = max(words[-1].end, end)
        words[-1].tokens.append(token)
    return words


def _cut(text: str, end: int, start: int) -> bool:
    """Whether a word ends between two tokens, of which the first ends at ``end`` and the second begins at ``start``."""
    return end <= start and (_is_mark(text[end - 1]) or _is_mark(text[start]))


def _is_mark(character: str) -> bool:
    """Punctuation as BERT understands it: also ``$`` and the like."""
    ascii_mark = character.isascii() and not character.isalnum() and not character.isspace()
    return ascii_mark or unicodedata.category(character).startswith("P")
