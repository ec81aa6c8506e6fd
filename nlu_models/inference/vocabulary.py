"""The words that a version knows: those of its training examples, with what follows what, and its tokenizer's own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from contract.wire import BrokenArchive
from nlu_models.inference import version_file

WORDS_FILE, PAIRS_FILE = "vocabulary.json", "vocabulary_pairs.npy"
WORD = re.compile(r"[^\W_]+")
BORDER = ""  # stands before the first and after the last word of a text
NUMBER = "0"  # stands for every word with several digits: nobody's order number is kept


@dataclass(frozen=True)
class Words:
    """``vocabulary.json``. ``counts`` are those of the training examples, 0 where the tokenizer alone knows a word."""

    words: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Vocabulary:
    """``pairs`` (pairs, 3): numbers of two words of which the second follows the first, and how often it does."""

    words: tuple[str, ...]
    counts: tuple[int, ...]
    pairs: NDArray[np.int32]

    @classmethod
    def of(cls, texts: Iterable[str], tokens: Collection[str]) -> Vocabulary:
        """The words of the texts, and those of the tokenizer (``whole_words``)."""
        counts: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for text in texts:
            words = [BORDER, *map(name_of, WORD.findall(text)), BORDER]
            counts.update(words[1:])
            pairs.update(pairwise(words))
        names = [*sorted(counts), *sorted(set(tokens) - counts.keys())]
        numbers = {name: number for number, name in enumerate(names)}
        rows = sorted((numbers[one], numbers[other], count) for (one, other), count in pairs.items())
        return cls(tuple(names), tuple(counts[name] for name in names), np.array(rows, dtype=np.int32).reshape(-1, 3))

    def save(self, folder: Path) -> None:
        """Write both files into a version's folder."""
        version_file.write(Words(self.words, self.counts), folder / WORDS_FILE)
        np.save(folder / PAIRS_FILE, self.pairs, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Vocabulary:
        """
        Raises:
            BrokenArchive: a file is missing or is not what ``save`` writes.
        """
        found = version_file.read(Words, folder / WORDS_FILE)
        try:
            pairs = np.load(folder / PAIRS_FILE, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise BrokenArchive(f"{folder / PAIRS_FILE} cannot be read ({error}): train again.") from error
        if not _fit_together(found, pairs):
            raise BrokenArchive(f"The vocabulary of {folder} does not fit together: train again.")
        return cls(found.words, found.counts, pairs)


def name_of(word: str) -> str:
    """Under what a written word is kept."""
    return NUMBER if not word.isalpha() and sum(map(str.isdigit, word)) > 1 else word.lower()


def whole_words(tokenizer: Tokenizer) -> set[str]:
    """Every word of letters that the tokenizer does not take apart behind a space."""
    texts = tokenizer.decode_batch([[number] for number in sorted(tokenizer.get_vocab().values())])
    words = sorted({text.strip().lower() for text in texts if text.strip().isalpha()})
    encodings = tokenizer.encode_batch([f" {word}" for word in words], add_special_tokens=False)
    return {word for word, encoding in zip(words, encodings, strict=True) if len(encoding.ids) == 1}


def _fit_together(found: Words, pairs: NDArray[np.int32]) -> bool:
    if len(found.words) != len(found.counts) or pairs.ndim != 2 or pairs.shape[1] != 3:
        return False
    return not len(pairs) or bool(pairs.min() >= 0 and pairs[:, :2].max() < len(found.words))
