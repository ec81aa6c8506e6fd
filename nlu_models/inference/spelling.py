"""Mistyped messages: each word that nobody knows is read as the known words that were most likely meant.

A noisy channel (Kernighan, Church and Gale, 1990): what was meant is weighed by the words around it, the mistakes by
the keyboard. In a message with an unknown word the known ones are doubted a little too. What stays in doubt is read in
several ways.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter

from nlu_models.inference.language import UNKNOWN, Language
from nlu_models.inference.likeliest import Option, likeliest
from nlu_models.inference.reading import Change, Likely, Reading
from nlu_models.inference.similar_words import SimilarWords
from nlu_models.inference.slips import CHEAPEST, SLIP, STRANGE, unlikeliness
from nlu_models.inference.vocabulary import Vocabulary
from nlu_models.inference.written_words import WrittenWord, written_words

# Chosen on the validation messages, mistyped. How unlikely it is that a word is right as it stands:
STRANGER = 8.0  # nobody knows it
ALONE = 2.5  # less, where it is the only such word of the message: who mistypes one word mistypes others
NAME = 3.0  # less, where it is written like a name
ACQUAINTANCE = 1.0  # only the tokenizer knows it
# and that a known word is wrong:
DOUBT, DOUBT_OF_ACQUAINTANCE = 2.0, 1.0
MEDIUM, LONG = 3, 6  # letters of a word in which two mistakes are thought of, and three
MOST = 3
PIECE = 2  # letters; what only the tokenizer knows of these is no word
TRIED = 6  # words that may be meant by one written word
REMEMBERED = 4096
READ = 100  # words of a text
WAYS = 3  # to read a text of at most
SHORT = 40  # words; a longer one says enough in one way, and would take the model long
UNLIKELY = 3.0  # less likely than the best one by so much is not read
SOFTENED = 2.0  # the ways' likelihoods differ by so much less than words and mistakes say


class Speller:
    """Reads texts with the words of a version's vocabulary. Thread-safe."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._language = Language(vocabulary)
        pairs = zip(vocabulary.words, vocabulary.counts, strict=True)
        self._similar = SimilarWords(vocabulary.words, [_reach(word, count) for word, count in pairs])
        self._meant = lru_cache(REMEMBERED)(self._find_meant)

    def read(self, text: str) -> list[Likely]:
        """The text as it was likely meant, the likeliest first; of a long one its beginning is looked at."""
        words = written_words(text)[:READ]
        strange = sum(map(self._is_strange, words))
        if not strange:
            return [Likely(Reading(text))]
        stranger = STRANGER - ALONE * (strange == 1)
        options = [list(self._options(text, words, at, stranger)) for at in range(len(words))]
        ways = likeliest(options, self._language, most=WAYS if len(words) <= SHORT else 1)
        best, _ = ways[0]
        readings: dict[str, Likely] = {}  # two ways may end in the same text
        for score, path in ways:
            reading = Reading(text, self._changes(path, words))
            if best - score <= UNLIKELY:
                readings.setdefault(reading.text, Likely(reading, (score - best) / SOFTENED))
        return list(readings.values())

    def _is_strange(self, word: WrittenWord) -> bool:
        """Whether it is a reason to look for mistakes: no name, and no short code such as a size."""
        if word.is_fixed or word.is_name:
            return False
        number = self._language.number(word.name)
        if len(word.name) <= PIECE:
            return word.name.isalpha() and not self._language.count(number)
        return number == UNKNOWN

    def _changes(self, path: Sequence[Option], words: Sequence[WrittenWord]) -> list[Change]:
        read = [(number, option.is_change) for option in path for number in option.words]
        return [
            Change(word.start, word.end, word.in_its_case(self._language.words[number]))
            for (number, is_change), word in zip(read, words, strict=True)
            if is_change and number != self._language.number(word.name)
        ]

    def _options(self, text: str, words: Sequence[WrittenWord], at: int, stranger: float) -> Iterator[Option]:
        word = words[at]
        number = self._language.number(word.name)
        if word.is_fixed:
            yield Option((number,), 0.0, is_change=False)
            return
        keep, change = self._doubts(number, stranger - NAME * word.is_name)
        yield Option((number,), -keep, is_change=False)
        for meant, unlikely in self._meant(word.name):
            yield Option((meant,), -unlikely - change)
        if at + 1 < len(words) and not words[at + 1].is_fixed and text[word.end : words[at + 1].start].isspace():
            yield from self._moved(word.name, words[at + 1].name)

    def _doubts(self, number: int, stranger: float) -> tuple[float, float]:
        """How unlikely it is that the word is right, and how much less likely that it is wrong."""
        if number == UNKNOWN:
            return stranger, 0.0
        if not self._language.count(number):
            return ACQUAINTANCE, DOUBT_OF_ACQUAINTANCE
        return 0.0, DOUBT

    def _moved(self, one: str, other: str) -> Iterator[Option]:
        """A blank typed a letter too early or too late ("orde ris")."""
        known = self._is_known(one), self._is_known(other)
        for meant in ((one + other[0], other[1:]), (one[:-1], one[-1] + other)):
            if all(map(self._is_known, meant)):
                yield Option(tuple(map(self._language.number, meant)), -SLIP - DOUBT * all(known))
            elif not any(known):
                yield from self._moved_and_mistyped(meant)

    def _moved_and_mistyped(self, meant: tuple[str, str]) -> Iterator[Option]:
        """The same where one of the two words has a mistake more ("orde rix")."""
        for at, right in enumerate(meant):
            if self._is_known(right):
                number = self._language.number(right)
                for other, unlikely in self._meant(meant[1 - at]):
                    if unlikely <= SLIP:
                        yield Option((number, other) if at == 0 else (other, number), -SLIP - unlikely)

    def _is_known(self, name: str) -> bool:
        """Whether it is a word of the training examples."""
        return self._language.count(self._language.number(name)) > 0

    def _find_meant(self, name: str) -> list[tuple[int, float]]:
        most = 1 if self._is_known(name) or len(name) < MEDIUM else 2 if len(name) < LONG else MOST
        words, frequency = self._language.words, self._language.log_frequency
        near = ((n, CHEAPEST * mistakes - frequency(n)) for n, mistakes in self._similar.near(name, most))
        found: list[tuple[float, int, float]] = []
        for number, at_best in sorted(near, key=itemgetter(1)):
            if len(found) >= TRIED and at_best > found[TRIED - 1][0]:
                break  # what follows is less likely, whatever its mistakes are
            unlikely = unlikeliness(words[number], name)
            if len(name) >= MEDIUM or unlikely < STRANGE:  # two letters are a strange slip away from nearly everything
                insort(found, (unlikely - frequency(number), number, unlikely))
        return [(number, unlikely) for _, number, unlikely in found[:TRIED]]


def _reach(word: str, count: int) -> int:
    """In how many mistakes the word is seen; less in those that only the tokenizer knows, for they are many."""
    if not word.isalpha():
        return 0
    if not count:
        return 1 if len(word) >= MEDIUM else 0
    return MOST
