"""Which entities belong to which intents. A word's vector says what it may name; what the whole message is about says
which of that is likely, and each knows things that the other does not (logit adjustment, Menon et al., 2020)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.nlu import Example
from contract.wire import BrokenArchive
from nlu_models.data.tags import OUTSIDE, label_of
from nlu_models.inference import version_file
from nlu_models.inference.scores import Floats

FILE = "tag_priors.npy"
WEIGHT = 0.5  # of what the intents say beside the words themselves, which know some of it


class TagPriors:
    """How much more usual each tag is in messages of each intent than in all messages."""

    def __init__(self, ratios: NDArray[np.float32]) -> None:
        """
        Args:
            ratios: (intents, tags), the share of an intent's messages that have the tag's entity, divided by the share
                of all messages; positive, 1 where the intent says nothing.
        """
        self.ratios = ratios

    @classmethod
    def of(cls, examples: Iterable[Example], intents: Sequence[str], tags: Sequence[str]) -> TagPriors:
        """Counted in the training examples, as if each intent had one more that is like all of them together."""
        numbers = {name: number for number, name in enumerate(intents)}
        columns: dict[str, list[int]] = {}
        for number, tag in enumerate(tags):
            if tag != OUTSIDE:
                columns.setdefault(tag[2:], []).append(number)
        messages, found = np.zeros(len(intents)), np.zeros((len(intents), len(tags)))
        for example in examples:
            intent = numbers[example.intent]
            messages[intent] += 1
            for label in {label_of(span) for span in example.entities}:
                found[intent, columns[label]] += 1
        usual = np.maximum(found.sum(axis=0), 1) / max(messages.sum(), 1)
        ratios = (found / usual + 1) / (messages[:, np.newaxis] + 1)
        ratios[:, [tag == OUTSIDE for tag in tags]] = 1
        return cls(ratios.astype(np.float32))

    def save(self, folder: Path) -> None:
        """Write the file of a version."""
        version_file.write_table(self.ratios, folder / FILE)

    @classmethod
    def load(cls, folder: Path, *, intents: int, tags: int) -> TagPriors:
        """
        Raises:
            BrokenArchive: the file is missing or is not what ``save`` writes for so many intents and tags.
        """
        ratios = version_file.read_table(folder / FILE, (intents, tags))
        if not (ratios > 0).all():
            raise BrokenArchive(f"{folder / FILE} holds shares that are not above 0: train again.")
        return cls(ratios)

    def logits(self, intents: Floats) -> Floats:
        """What to add to the logits of the tags of each word, (tags).

        Args:
            intents: probabilities of the message's intents, (intents).
        """
        return np.asarray(WEIGHT * np.log(intents @ self.ratios), dtype=np.float64)
