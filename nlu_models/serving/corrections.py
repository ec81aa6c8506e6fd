"""The corrections of one installation, in force in every version that is loaded."""

from __future__ import annotations

import dataclasses
import logging
import threading
import weakref

from contract.nlu import Correction, CorrectionList, CorrectionRequest
from contract.wire import BrokenArchive
from nlu_models.corrections.journal import Journal
from nlu_models.corrections.memory import Memory
from nlu_models.inference.parser import Parser

log = logging.getLogger(__name__)
_WORST_FIRST = ("unknown_intent", "live", "learned")


class Corrections:
    """Keeps the journal, and brings each change to the versions before it answers. Thread-safe."""

    def __init__(self, journal: Journal) -> None:
        self._journal, self._lock = journal, threading.Lock()
        self._memories: weakref.WeakKeyDictionary[Parser, Memory] = weakref.WeakKeyDictionary()

    def attach(self, parser: Parser) -> None:
        """The parser follows the corrections from now on."""
        memory = Memory(parser.folder, parser.settings)
        with self._lock:
            _bring(parser, memory, self._journal.corrections)
            self._memories[parser] = memory
        parser.correct = memory.correct

    def all(self) -> CorrectionList:
        """Those that hold."""
        with self._lock:
            held = tuple(self._with_state(correction) for correction in self._journal.corrections)
            return CorrectionList(self._journal.revision, held, tuple(self._journal.problems))

    def put(self, correction_id: str, request: CorrectionRequest) -> Correction:
        """Keeps a correction; in force when this returns.

        Raises:
            InvalidInput: it cannot be used.
            TooMany: there are too many.
            Unavailable: it cannot be written; nothing has changed.
        """
        with self._lock:
            correction = self._journal.put(correction_id, request)
            self._bring_to_all()
            return self._with_state(correction)

    def revoke(self, correction_id: str) -> None:
        """The correction does not hold any more, or never did.

        Raises:
            Unavailable: that cannot be written; nothing has changed.
        """
        with self._lock:
            self._journal.revoke(correction_id)
            self._bring_to_all()

    def _bring_to_all(self) -> None:
        held = self._journal.corrections
        for parser, memory in list(self._memories.items()):
            _bring(parser, memory, held)

    def _with_state(self, correction: Correction) -> Correction:
        states = {memory.state(correction) for memory in self._memories.values()}
        state = next((name for name in _WORST_FIRST if name in states), "waiting")
        return dataclasses.replace(correction, state=state)


def _bring(parser: Parser, memory: Memory, held: list[Correction]) -> None:
    try:
        memory.use(held, parser.vectors)
    except BrokenArchive as error:  # a version that was deleted meanwhile must not keep the others from their labels
        log.error("%s serves without new corrections: %s", parser.version, error.message)
