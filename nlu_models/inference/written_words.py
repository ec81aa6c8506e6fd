"""The words of a message as they are written, and which of them may be typing errors at all."""

from __future__ import annotations

import re
from typing import NamedTuple

from nlu_models.inference.vocabulary import WORD, name_of

LONGEST = 24
LEAST_WITH_DIGIT = 2
_IN_SENTENCE = re.compile(r"[\w,]\s+$")
_SLIPPED_CAPITAL = re.compile(r"(?:[a-z]|([A-Z])(?=\1))[A-Z][a-z]*$")  # "hWere", "d oI", "HHello"
_RUN = re.compile(r"\S+")
_OTHER_THINGS = re.compile(r"[#@/\\_]|\w[.:]\w|[^\x00-\x7f\w’‘“”–—…¡¿]")  # order numbers, addresses, letters in parts


class WrittenWord(NamedTuple):
    """Characters ``start`` to ``end`` (exclusive) of a message. ``is_fixed``: it is to be read as it is written.
    ``is_name``: it has a capital letter where no sentence begins."""

    start: int
    end: int
    written: str
    name: str
    is_fixed: bool
    is_name: bool

    def in_its_case(self, word: str) -> str:
        """``word`` in capitals as this word is written."""
        if self.written.isupper() and len(self.written) > 1:
            return word.upper()
        return word.capitalize() if self.written[0].isupper() else word


def written_words(text: str) -> list[WrittenWord]:
    """All words of the text."""
    found = []
    for run in _RUN.finditer(text):
        is_other = _OTHER_THINGS.search(run[0]) is not None
        for match in WORD.finditer(text, *run.span()):
            is_fixed = is_other or not _may_be_mistyped(match[0])
            found.append(WrittenWord(*match.span(), match[0], name_of(match[0]), is_fixed, _is_name(text, match)))
    return found


def _is_name(text: str, match: re.Match[str]) -> bool:
    if not match[0].istitle():
        return False
    return _IN_SENTENCE.search(text[max(0, match.start() - 3) : match.start()]) is not None


def _may_be_mistyped(word: str) -> bool:
    if len(word) > LONGEST or not (word.islower() or word.istitle() or word.isupper() or _SLIPPED_CAPITAL.match(word)):
        return False
    if word.isalpha():
        return True
    digits = sum(map(str.isdigit, word))
    return not digits or (digits == 1 and len(word) >= LEAST_WITH_DIGIT)
