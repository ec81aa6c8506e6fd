"""How near passages are to a query by the words they share: TF-IDF."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from actions.knowledge.passages import Passage
from actions.knowledge.tfidf import TfIdf
from actions.services.words import STOP_WORDS, tokens

TITLE_COUNTS = 3
MATCHES = 3
_WORDS = """
    am anything be been but by could did do does don dont go going had has he hello her hi him how if in into it
    its just let me more my no not now order ordered our out please pls really she so still than then they thing
    through too us want was we were what when where which who why will work works would
"""
MORE_STOP_WORDS = frozenset(_WORDS.split())
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|mailto:\S+|#?\b[A-Z]{1,3}[\d-]{4,}\b")
Floats = NDArray[np.float64]


class Keywords:
    """Passages by their words. A query is a shopper's sentence."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        documents = [words(_document(row)) for row in passages]
        self._tfidf = TfIdf(documents)
        self._words = [frozenset(document) for document in documents]

    def cosines(self, text: str) -> Floats:
        """Shape (passages,), from 0 to 1."""
        return self._tfidf.cosines(words(text)) * self._known_share(text)

    def matched(self, text: str, index: int) -> float:
        """How many words of the query the passage has, three or more being 1."""
        return min(len(set(words(text)) & self._words[index]), MATCHES) / MATCHES

    def _known_share(self, text: str) -> float:
        """The length of the query within our words: those that no passage has count as rarest."""
        known = unknown = 0.0
        for word in set(words(text)):
            if self._tfidf.knows(word):
                known += self._tfidf.rarity(word) ** 2
            else:
                unknown += self._tfidf.rarity(word) ** 2
        return math.sqrt(known / (known + unknown)) if known else 0.0


def words(text: str) -> list[str]:
    """The words that say something, in the singular; addresses and numbers are left out."""
    plain = _ADDRESS.sub(" ", text)
    return [
        word
        for word in tokens(plain)
        if not word[0].isdigit() and word not in STOP_WORDS and word not in MORE_STOP_WORDS
    ]


def _document(passage: Passage) -> str:
    titles = [passage.answer.source.title] * (TITLE_COUNTS - 1)
    return " . ".join([*titles, passage.subject, passage.answer.text])
