"""How near passages are to a query in meaning, by the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from actions.knowledge.encoder import SentenceEncoder, Vectors
from actions.knowledge.encoder_files import encoder_folder
from actions.knowledge.keywords import Floats
from actions.knowledge.passages import Passage
from contract.settings import Settings


class Meaning:
    """Knows the passages that it has learned last. Threads may share one, but for ``learn``."""

    def __init__(self, root: Path, encoder: str) -> None:
        """Opens nothing yet. ``root`` is where the encoder's graph is kept."""
        self._root, self._name = root, encoder
        self._encoder: SentenceEncoder | None = None
        self._known: dict[str, Vectors] = {}
        self._learned: tuple[Sequence[Passage], Vectors] | None = None

    @classmethod
    def of(cls, settings: Settings) -> Meaning:
        return cls(Path(settings.var_dir) / "knowledge", settings.encoder)

    def learn(self, passages: Sequence[Passage]) -> None:
        """Makes the vectors of passages that are new: some seconds, the first time half a minute. Not for a turn.

        Raises:
            NotFound, Unavailable, BrokenArchive: there is no such encoder, or it does not load.
        """
        encoder = self._encoder or SentenceEncoder(encoder_folder(self._root, self._name))
        self._encoder = encoder
        self._known = {text: self._vector(encoder, text) for row in passages for text in _texts(row)}
        rows = [np.mean([self._known[text] for text in _texts(row)], axis=0) for row in passages]
        self._learned = (passages, np.array(rows, dtype=np.float32))

    def cosines(self, text: str, passages: Sequence[Passage]) -> Floats | None:
        """Shape (passages,), some milliseconds; None where these very passages have not been learned (yet)."""
        encoder, learned = self._encoder, self._learned
        if encoder is None or learned is None or learned[0] is not passages:
            return None
        return np.asarray(learned[1] @ encoder.vectors([text])[0], dtype=np.float64)

    def _vector(self, encoder: SentenceEncoder, text: str) -> Vectors:
        known = self._known.get(text)
        return encoder.vectors([text])[0] if known is None else known


def _texts(passage: Passage) -> tuple[str, str]:
    """A short question is near to what a passage is about, a longer one to what it says: each has a vector."""
    return passage.subject, passage.answer.text
