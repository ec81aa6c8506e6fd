"""Lets a language model say an answer in its own words, and throws away what is not in the sources."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from actions.generation.breaker import Breaker
from actions.generation.client import ChatClient, Message
from actions.generation.facts import veil
from actions.generation.faithful import difference
from actions.generation.grounding import objection
from actions.generation.masking import mask
from actions.generation.prompt import NO_ANSWER, messages, rephrasing
from contract.settings import Settings
from contract.wire import InvalidInput, Unavailable

logger = logging.getLogger(__name__)
RESERVE_S = 0.7
"""What an action needs of its deadline beside generation."""
MOST_AT_ONCE = 2
"""Turns that may wait for the server at the same time: the others take the template, so that no thread is missing."""


class Generator:
    """Threads may share one. Whatever fails, there is no text, and the caller says what it would have said anyway."""

    def __init__(
        self, client: ChatClient, *, within_s: float, rephrases: bool = False, breaker: Breaker | None = None
    ) -> None:
        self._client, self._within_s = client, within_s
        self.rephrases = rephrases
        self._breaker = breaker or Breaker()
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    @classmethod
    def of(cls, settings: Settings) -> Generator | None:
        """None where generation is off, which is the default.

        Raises:
            InvalidInput: the address or the model is missing or wrong.
        """
        if not settings.generation_url:
            if settings.generation_rephrase:
                raise InvalidInput("SHOPCLERK_GENERATION_REPHRASE needs SHOPCLERK_GENERATION_URL: set it, or neither.")
            return None
        client = ChatClient(settings.generation_url, settings.generation_model, settings.generation_key)
        within = min(settings.generation_timeout_s, settings.action_deadline_s - RESERVE_S)
        return cls(client, within_s=max(within, 0.1), rephrases=settings.generation_rephrase)

    def answer(self, question: str, sources: Sequence[str]) -> str | None:
        """An answer to ``question`` whose numbers, names and links all stand in ``sources``; None where there is none.

        Args:
            sources: passages.
        """
        text = self._asked(messages(mask(question), sources))
        if text is None or text.strip(".") == NO_ANSWER:
            return None
        return None if _is_refused(objection(text, sources)) else text

    def rephrase(self, question: str, text: str) -> str | None:
        """``text``, a filled template, so that it fits ``question``, with every fact of it and no other.

        None where that is off or does not succeed. The facts stay here: the server gets marks in their place.
        """
        veiled = veil(text)
        if not self.rephrases or difference(veiled.text, veiled.text) is not None:
            return None  # what would not pass as it is, such as a description with markup, passes in no words
        said = self._asked(rephrasing(mask(question), veiled.text))
        if said is None or _is_refused(difference(said, veiled.text)):
            return None
        return veiled.put_back(said)

    def _asked(self, prompt: Sequence[Message]) -> str | None:
        """What the server says; None where it is left alone, fails or is late."""
        if self._breaker.is_open or not self._places.acquire(blocking=False):
            return None
        try:
            text = self._client.complete(prompt, self._within_s).strip()
        except Unavailable as error:
            self._failed(error)
            return None
        finally:
            self._places.release()
        self._breaker.note(failed=False)
        return text

    def _failed(self, error: Unavailable) -> None:
        if self._breaker.note(failed=True):
            logger.warning("%s Answers are given word for word for a while.", error.message)


def _is_refused(problem: str | None) -> bool:
    if problem is not None:
        logger.info("A generated text was refused: %s.", problem)
    return problem is not None
