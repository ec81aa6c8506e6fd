"""The knowledge base of the action server: answers by intent, search by words and meaning, always the newest files."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from actions.knowledge.articles import Article, files_of, read_articles
from actions.knowledge.keywords import Floats
from actions.knowledge.meaning import Meaning
from actions.knowledge.passages import Answer, Passage, passages
from actions.knowledge.search import Index
from contract.wire import InvalidInput, ShopclerkError

logger = logging.getLogger(__name__)
CHECK_EVERY_S = 2.0
SURE = 0.75
"""The score from which a hit may be given as the answer: at most 15 % wrong on the validation messages, with the
encoder and without."""
FileState = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Hit:
    """``score``: about how likely the answer is the right one, 0 to 1."""

    answer: Answer
    score: float


@dataclass(frozen=True)
class _Loaded:
    """``by_intent`` holds the numbers of an intent's passages."""

    articles: tuple[Article, ...]
    passages: tuple[Passage, ...]
    by_intent: dict[str, tuple[int, ...]]
    index: Index


class KnowledgeBase:
    """Threads may share one. Changed files are read again; a broken change is logged and the former text stays."""

    def __init__(self, folder: Path, *, meaning: Meaning | None = None, check_every_s: float = CHECK_EVERY_S) -> None:
        """
        Args:
            meaning: makes search understand; from ``prepare`` on.

        Raises:
            InvalidInput: no articles, or a broken one; the sentence names the file.
        """
        self._folder, self._meaning, self._check_every_s = folder, meaning, check_every_s
        self._lock, self._learning = threading.Lock(), threading.Lock()
        self._state, self._checked_at = _file_state(folder), time.monotonic()
        self._loaded = _read(folder)
        self._is_prepared = False

    @classmethod
    def load(cls, folder: Path, meaning: Meaning | None = None) -> KnowledgeBase:
        """The knowledge base of ``folder``. Raises as the constructor."""
        return cls(folder, meaning=meaning)

    def prepare(self) -> None:
        """Lets the encoder read the passages, now and whenever they change. Takes seconds: not in a turn.

        Where there is no encoder that is logged, and search goes on by words alone.
        """
        self._is_prepared = True
        self._learn()

    def answer(self, intent: str, text: str = "") -> Answer | None:
        """The article about an intent, of several sections the one nearest to ``text``; None where there is none."""
        loaded = self._current()
        own = loaded.by_intent.get(intent)
        if own is None:
            return None
        if len(own) == 1 or not text.strip():
            return loaded.passages[own[0]].answer
        near = loaded.index.nearness(text, self._cosines(text, loaded))[list(own)]
        return loaded.passages[own[int(np.argmax(near))]].answer

    def search(self, text: str, limit: int = 3) -> list[Hit]:
        """Up to ``limit`` passages that have something in common with ``text``, best first."""
        loaded = self._current()
        found = loaded.index.search(text, limit, self._cosines(text, loaded))
        return [Hit(loaded.passages[number].answer, score) for number, score in found]

    def best(self, text: str) -> Answer | None:
        """The answer that search is sure of; None where it is not."""
        hits = self.search(text, limit=1)
        return hits[0].answer if hits and hits[0].score >= SURE else None

    def intents(self) -> dict[str, str]:
        """Intent → the name of the file that answers it."""
        return {intent: article.name for article in self._current().articles for intent in article.intents}

    def _cosines(self, text: str, loaded: _Loaded) -> Floats | None:
        return self._meaning.cosines(text, loaded.passages) if self._meaning else None

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
        except InvalidInput as error:
            logger.warning("The knowledge base stays as it was: %s", error.message)
            return
        logger.info("The knowledge base was read again: %d articles.", len(self._loaded.articles))
        if self._is_prepared:
            threading.Thread(target=self._learn, name="knowledge", daemon=True).start()

    def _learn(self) -> None:
        try:
            with self._learning:  # whoever comes last learns what is newest
                if self._meaning is not None:
                    self._meaning.learn(self._loaded.passages)
        except ShopclerkError as error:
            logger.warning("%s", error.message)
        except Exception as error:
            logger.error("The knowledge base is searched by words alone: %s", type(error).__name__)


def _read(folder: Path) -> _Loaded:
    articles = read_articles(folder)
    found = passages(articles)
    numbers: dict[str, list[int]] = {article.name: [] for article in articles}
    for number, passage in enumerate(found):
        numbers[passage.article].append(number)
    by_intent = {intent: tuple(numbers[article.name]) for article in articles for intent in article.intents}
    return _Loaded(articles, found, by_intent, Index(found))


def _file_state(folder: Path) -> FileState:
    found = []
    for path in files_of(folder):
        try:
            stat = path.stat()
        except OSError:  # it went away in this moment
            continue
        found.append((path.name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
