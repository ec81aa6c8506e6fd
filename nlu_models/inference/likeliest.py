"""Of all ways to read the words of a text, the likeliest ones (Viterbi, 1967, who keeps the best one alone)."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu_models.inference.language import Language


@dataclass(frozen=True)
class Option:
    """To read as many written words as there are numbers as the words with these numbers.

    ``weight`` is the logarithm of how likely one who means them writes what is written.
    """

    words: tuple[int, ...]
    weight: float
    is_change: bool = True


@dataclass(frozen=True)
class _Way:
    score: float
    option: Option | None = None
    before: _Way | None = None

    def path(self) -> list[Option]:
        return [*self.before.path(), self.option] if self.before is not None and self.option is not None else []


Ways = dict[int, list[_Way]]  # by the number of their last word, the best first


def likeliest(
    options: Sequence[Sequence[Option]], language: Language, *, most: int
) -> list[tuple[float, list[Option]]]:
    """At most so many ways of options that follow each other from the first written word to the last, the best first,
    each behind the logarithm of its likelihood.

    Args:
        options: those that begin at each written word; one at least, and none may end behind the last.
    """
    ways: list[Ways] = [{} for _ in range(len(options) + 1)]
    ways[0][language.border] = [_Way(0.0)]
    for at, here in enumerate(options):
        for option in here:
            _go(option, ways[at], ways[at + len(option.words)], language, most)
    found = _followed(ways[-1], language.border, language)
    return [(score, way.path()) for score, way in _best(found, most)]


def _go(option: Option, ways: Ways, ends: Ways, language: Language, most: int) -> None:
    first, last = option.words[0], option.words[-1]
    weight = option.weight + sum(map(language.log_probability, option.words, option.words[1:]))
    found = [_Way(score + weight, option, way) for score, way in _best(_followed(ways, first, language), most)]
    ends[last] = heapq.nlargest(most, [*ends.get(last, ()), *found], key=lambda way: way.score)


def _followed(ways: Ways, number: int, language: Language) -> Iterator[tuple[float, _Way]]:
    """The ways, and how likely each is with the word ``number`` behind it."""
    for last, here in ways.items():
        weight = language.log_probability(last, number)
        for way in here:
            yield way.score + weight, way


def _best(found: Iterator[tuple[float, _Way]], most: int) -> list[tuple[float, _Way]]:
    return heapq.nlargest(most, found, key=lambda pair: pair[0])
