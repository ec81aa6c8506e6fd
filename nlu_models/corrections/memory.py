"""What the corrections change for one model version.

A message follows the nearest correction that reaches it:

* the same words, whatever their case, punctuation, numbers and manners: always;
* near in the encoder's space: within ``REACH``, and nearer than the nearest training example of another intent;
* the same words mistyped, which the encoder sees far away: every word is there, and the vectors still are related.

A message that says no follows no correction that does not, nor the other way round: the encoder hardly sees the
difference. Texts of the training data keep the model's answer, unless a correction has those very words. The numbers
were chosen on the validation messages: see docs/decisions/0010-corrections.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from contract.nlu import Correction, ParseResult
from nlu_models.corrections.result import corrected
from nlu_models.inference import known_texts
from nlu_models.inference.likeness import digest, is_mistyped, is_negated, normal_form, without_manners
from nlu_models.inference.model_settings import ModelSettings
from nlu_models.inference.neighbours import Floats, Neighbours, unit

REACH = 0.88
SPELLING, SPELLING_REACH = 0.75, 0.3
Embed = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True)
class Held:
    """A correction in this version's space. ``vector`` (width,) has length one; ``reach`` is a cosine similarity."""

    correction: Correction
    form: str
    vector: Floats
    reach: float


class Table:
    """All corrections that a version needs, at least one, newest first."""

    def __init__(self, rows: Sequence[Held]) -> None:
        self.rows = tuple(rows)
        self.by_form = {row.form: row for row in reversed(self.rows)}
        self._forms = [row.form for row in self.rows]
        self._vectors = np.stack([row.vector for row in self.rows])
        self._reach = np.array([row.reach for row in self.rows])
        self._negated = np.array([is_negated(row.form) for row in self.rows])

    def closeness(self, forms: Sequence[str], vectors: Floats) -> NDArray[np.float64]:
        """Of each message to each correction, (messages, corrections) in [0, 1]; 0 where one is not reached.

        Args:
            forms: the messages' normal forms without manners.
            vectors: (messages, width), of length one.
        """
        similarity = vectors @ self._vectors.T
        spelling = process.cdist(forms, self._forms, scorer=fuzz.ratio, score_cutoff=100 * SPELLING) / 100
        typed = (spelling > SPELLING) & (similarity > SPELLING_REACH)
        for message, row in np.argwhere(typed):
            typed[message, row] = is_mistyped(forms[message], self._forms[row])
        found = np.maximum(np.where(similarity > self._reach, similarity, 0.0), np.where(typed, spelling, 0.0))
        negated = np.array([is_negated(form) for form in forms])
        return np.where(negated[:, None] == self._negated, found, 0.0)


class Memory:
    """The corrections for one version. ``correct`` may run while another thread is in ``use``."""

    def __init__(self, folder: Path, settings: ModelSettings) -> None:
        self._folder, self._settings = folder, settings
        self._numbers = {name: number for number, name in enumerate(settings.intents)}
        self._learned = frozenset(settings.absorbed)
        self._known: frozenset[int] = frozenset()
        self._table: Table | None = None

    def state(self, correction: Correction) -> str:
        """``live``, ``learned`` or ``unknown_intent``: what this version does with it."""
        if correction.intent not in self._numbers:
            return "unknown_intent"
        return "learned" if label_key(correction.text, correction.intent) in self._learned else "live"

    def use(self, corrections: Sequence[Correction], embed: Embed) -> None:
        """These corrections hold from now on, and no others. Only texts that are new are embedded.

        Args:
            corrections: oldest first.
            embed: gives the version's sentence vectors (texts, width) of some texts.

        Raises:
            BrokenArchive: a file of the version is missing or broken.
        """
        needed = [correction for correction in corrections if self.state(correction) == "live"]
        held = {(row.correction.text, row.correction.intent): row for row in (self._table.rows if self._table else ())}
        new = [correction for correction in needed if (correction.text, correction.intent) not in held]
        held |= {(row.correction.text, row.correction.intent): row for row in self._placed(new, embed)}
        rows = [dataclasses.replace(held[c.text, c.intent], correction=c) for c in reversed(needed)]
        self._table = Table(rows) if rows else None

    def correct(self, results: list[ParseResult], sentences: Floats) -> list[ParseResult]:
        """The results, those that a correction reaches with its intent.

        Args:
            sentences: the messages' vectors, (messages, width).
        """
        table = self._table
        if table is None:
            return results
        forms = [normal_form(result.text) for result in results]
        words = [without_manners(form) for form in forms]
        closeness = table.closeness(words, unit(sentences))
        found = []
        for number, result in enumerate(results):
            same, nearest = table.by_form.get(words[number]), int(closeness[number].argmax())
            if same is not None:
                result = corrected(result, same.correction, closeness=1.0)
            elif closeness[number, nearest] > 0 and digest(forms[number]) not in self._known:
                near = float(closeness[number, nearest])
                result = corrected(result, table.rows[nearest].correction, closeness=near)
            found.append(result)
        return found

    def _placed(self, corrections: Sequence[Correction], embed: Embed) -> list[Held]:
        if not corrections:
            return []
        vectors = unit(embed([correction.text for correction in corrections]))
        own = np.array([self._numbers[correction.intent] for correction in corrections], dtype=np.int64)
        reach = np.maximum(Neighbours.load(self._folder).nearest_other(vectors, own), REACH)
        self._known = self._known or known_texts.load(self._folder)
        forms = [without_manners(normal_form(c.text)) for c in corrections]
        rows = zip(corrections, forms, vectors, reach, strict=True)
        return [Held(c, form, vector, float(limit)) for c, form, vector, limit in rows]


def label_key(text: str, intent: str) -> str:
    """16 hex digits that stand for a text, as words, with its intent."""
    return f"{digest(normal_form(text), intent):016x}"
