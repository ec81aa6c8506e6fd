"""Of all ways to read the words of a text, the likeliest one (Viterbi, 1967)."""

from __future__ import annotations

from collections.abc import Sequence
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


def likeliest(options: Sequence[Sequence[Option]], language: Language) -> list[Option]:
    """The options that follow each other from the first written word to the last.

    Args:
        options: those that begin at each written word; one at least, and none may end behind the last.
    """
    ways: list[dict[int, _Way]] = [{} for _ in range(len(options) + 1)]
    ways[0][language.border] = _Way(0.0)
    for at, here in enumerate(options):
        for option in here:
            _go(option, ways[at], ways[at + len(option.words)], language)
    last = max(ways[-1], key=lambda number: ways[-1][number].score + language.log_probability(number, language.border))
    return _path(ways[-1][last])


def _go(option: Option, ways: dict[int, _Way], ends: dict[int, _Way], language: Language) -> None:
    first, last = option.words[0], option.words[-1]
    weight = option.weight + sum(map(language.log_probability, option.words, option.words[1:]))
    score, before = max(
        ((way.score + language.log_probability(number, first), way) for number, way in ways.items()),
        key=lambda found: found[0],
    )
    if last not in ends or score + weight > ends[last].score:
        ends[last] = _Way(score + weight, option, before)


def _path(way: _Way) -> list[Option]:
    path: list[Option] = []
    while way.option is not None and way.before is not None:
        path.append(way.option)
        way = way.before
    return path[::-1]
