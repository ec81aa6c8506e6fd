"""The knowledge base of the action server: answers by intent, search by words, always the newest files."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from actions.knowledge.articles import Article, files_of, read_articles
from actions.knowledge.search import Index
from contract.conversation import Source
from contract.wire import InvalidInput

logger = logging.getLogger(__name__)
CHECK_EVERY_S = 2.0
FileState = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Answer:
    """``text`` is light markdown, word for word from the article that ``source`` names."""

    text: str
    source: Source


@dataclass(frozen=True)
class Hit:
    """``score``: about how likely the answer is the right one, 0 to 1."""

    answer: Answer
    score: float


@dataclass(frozen=True)
class _Loaded:
    articles: tuple[Article, ...]
    by_intent: dict[str, Answer]
    index: Index


class KnowledgeBase:
    """Threads may share one. Changed files are read again; a broken change is logged and the former text stays."""

    def __init__(self, folder: Path, *, check_every_s: float = CHECK_EVERY_S) -> None:
        """
        Raises:
            InvalidInput: no articles, or a broken one; the sentence names the file.
        """
        self._folder, self._check_every_s = folder, check_every_s
        self._lock = threading.Lock()
        self._state, self._checked_at = _file_state(folder), time.monotonic()
        self._loaded = _read(folder)

    @classmethod
    def load(cls, folder: Path) -> KnowledgeBase:
        """The knowledge base of ``folder``. Raises as the constructor."""
        return cls(folder)

    def answer(self, intent: str) -> Answer | None:
        """The article about an intent; None where there is none."""
        return self._current().by_intent.get(intent)

    def search(self, text: str, limit: int = 3) -> list[Hit]:
        """Up to ``limit`` articles that share words with ``text``, best first."""
        loaded = self._current()
        return [Hit(_answer(loaded.articles[index]), score) for index, score in loaded.index.search(text, limit)]

    def intents(self) -> dict[str, str]:
        """Intent → the name of the file that answers it."""
        return {intent: article.name for article in self._current().articles for intent in article.intents}

    def _current(self) -> _Loaded:
        with self._lock:
            if time.monotonic() - self._checked_at >= self._check_every_s:
                self._checked_at = time.monotonic()
                self._look_again()
            return self._loaded

    def _look_again(self) -> None:
        state = _file_state(self._folder)
        if state == self._state:
            return
        self._state = state
        try:
            self._loaded = _read(self._folder)
            logger.info("The knowledge base was read again: %d articles.", len(self._loaded.articles))
        except InvalidInput as error:
            logger.warning("The knowledge base stays as it was: %s", error.message)


def _read(folder: Path) -> _Loaded:
    articles = read_articles(folder)
    by_intent = {intent: _answer(article) for article in articles for intent in article.intents}
    return _Loaded(articles, by_intent, Index(articles))


def _answer(article: Article) -> Answer:
    return Answer(article.text, Source(article.title, article.url))


def _file_state(folder: Path) -> FileState:
    found = []
    for path in files_of(folder):
        try:
            stat = path.stat()
        except OSError:  # it went away in this moment
            continue
        found.append((path.name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
