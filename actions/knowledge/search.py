"""Finds articles by words: TF-IDF, and a score that says how sure a hit is."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from actions.knowledge.articles import Article
from actions.knowledge.tfidf import TfIdf
from actions.services.words import STOP_WORDS, tokens

TITLE_COUNTS = 3
_WORDS = """
    am anything be been but by could did do does don dont go going had has he hello her hi him how if in into it
    its just let me more my no not now order ordered our out please pls really she so still than then they thing
    through too us want was we were what when where which who why will work works would
"""
MORE_STOP_WORDS = frozenset(_WORDS.split())
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|mailto:\S+|#?\b[A-Z]{1,3}[\d-]{4,}\b")
Floats = NDArray[np.float64]

# Logistic regression on the examples of data/nlu (is the first article the right one?), and a little doubt more.
COSINE, LEAD, MATCHED, BASE = 10.8, 7.9, 0.65, -3.5
MATCHES = 3


class Index:
    """Articles by their words. A query is a shopper's sentence."""

    def __init__(self, articles: Sequence[Article]) -> None:
        documents = [words(_document(article)) for article in articles]
        self._tfidf = TfIdf(documents)
        self._words = [frozenset(document) for document in documents]

    def search(self, text: str, limit: int) -> list[tuple[int, float]]:
        """Up to ``limit`` (article's number, score in 0..1), best first; without those that share no word."""
        cosines = self._cosines(text)
        order = [int(index) for index in np.argsort(-cosines, kind="stable")[: max(limit, 0)] if cosines[index] > 0]
        scored = [(index, self._score(text, cosines, index)) for index in order]
        return sorted(scored, key=lambda pair: -pair[1])

    def features(self, text: str) -> tuple[int, tuple[float, float, float]] | None:
        """The best article, and what its score is made of: cosine, lead over the next one, matched words."""
        cosines = self._cosines(text)
        best = int(np.argmax(cosines))
        return (best, self._features(text, cosines, best)) if cosines[best] > 0 else None

    def _cosines(self, text: str) -> Floats:
        return self._tfidf.cosines(words(text)) * self._known_share(text)

    def _known_share(self, text: str) -> float:
        """The length of the query within our words: those that no article has count as rarest."""
        known = unknown = 0.0
        for word in set(words(text)):
            if self._tfidf.knows(word):
                known += self._tfidf.rarity(word) ** 2
            else:
                unknown += self._tfidf.rarity(word) ** 2
        return math.sqrt(known / (known + unknown)) if known else 0.0

    def _score(self, text: str, cosines: Floats, index: int) -> float:
        cosine, lead, matched = self._features(text, cosines, index)
        return 1 / (1 + math.exp(-(COSINE * cosine + LEAD * lead + MATCHED * matched + BASE)))

    def _features(self, text: str, cosines: Floats, index: int) -> tuple[float, float, float]:
        others = np.delete(cosines, index)
        lead = float(cosines[index]) - float(others.max(initial=0.0))
        asked = set(words(text))
        matched = len(asked & self._words[index])
        return float(cosines[index]), lead, min(matched, MATCHES) / MATCHES


def words(text: str) -> list[str]:
    """The words that say something, in the singular; addresses and numbers are left out."""
    plain = _ADDRESS.sub(" ", text)
    return [
        word
        for word in tokens(plain)
        if not word[0].isdigit() and word not in STOP_WORDS and word not in MORE_STOP_WORDS
    ]


def _document(article: Article) -> str:
    intents = " ".join(intent.replace("_", " ") for intent in article.intents)
    return " . ".join([*[article.title] * TITLE_COUNTS, intents, article.text])
