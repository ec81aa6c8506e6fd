"""How well a product is what a shopper named: every word must be found, in a name, a keyword or a category."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from actions.services.words import content_tokens, other_names, tokens

GOOD = 0.6
SURE = 0.75
_NEAR_THE_BEST = 0.85  # what is much worse than the best match is something else
_ALIKE = 82.0  # of 100: one typo in a word of five letters still counts
_SWAPPED = 85.0  # the same of two letters that changed places, which the ratio counts as two typos
_SYNONYM = 0.9
_DENIED = re.compile(
    r"\b(?:not|no|never|without|free of)\s+(?:meant\s+)?(?:for\s+)?(?:the\s+|a\s+)?[\w-]+", re.IGNORECASE
)
_NOT_THE_HEAD = 0.8  # a kettle grill is no kettle


@dataclass(frozen=True)
class Words:
    """The words of one product, by how much they say about it. Of a phrase the last word says what it is."""

    names: tuple[tuple[str, ...], ...]
    categories: tuple[tuple[str, ...], ...]
    options: frozenset[str]
    text: frozenset[str]


@functools.lru_cache(maxsize=5_000)
def words_from(name: str, keywords: tuple[str, ...], categories: tuple[str, ...], options: str, text: str) -> Words:
    """The words by which a product can be found.

    Args:
        name, keywords: what the product is called.
        categories: the name of its category and further words for it.
        options: the values of its variants' options, separated by blanks.
        text: what is said about it; what it denies ("not waterproof") does not count.
    """
    return Words(
        names=tuple(tokens(phrase) for phrase in (name, *keywords)),
        categories=tuple(tokens(phrase) for phrase in categories),
        options=frozenset(tokens(options)),
        text=frozenset(word for word in tokens(_DENIED.sub(" ", text)) if len(word) > 3),
    )


def score(query: str, words: Words) -> float:
    """0 (something else) to 1 (its very name). Synonyms and things of the kind count a little less."""
    wanted = content_tokens(query)
    if wanted in words.categories:
        return 0.9
    best = _phrase_score(wanted, words)
    for start in range(len(wanted)):
        for end in range(len(wanted), start, -1):
            for name in other_names(wanted[start:end]):
                if any(name[-1] == known[-1] and set(name) <= set(known) for known in words.names if known):
                    other = (*wanted[:start], *name, *wanted[end:])
                    best = max(best, _SYNONYM * _phrase_score(other, words))
    return best


def nearest(scores: list[float]) -> float:
    """The score from which on something counts as found."""
    return max(GOOD, _NEAR_THE_BEST * max(scores, default=0.0))


def _phrase_score(wanted: tuple[str, ...], words: Words) -> float:
    if not wanted:
        return 0.0
    found = [_word_score(word, words) for word in wanted]
    anchored = any(value >= GOOD for value in found)  # a word of the description alone is not what was asked for
    if not anchored or min(found) == 0.0:
        return 0.0
    is_head = any(_alike(wanted[-1], _with_joined(name)[-2:]) for name in words.names)
    value = sum(found) / len(found) * (0.95 if is_head else 0.95 * _NOT_THE_HEAD)
    return min(1.0, value + (0.05 if wanted in words.names else 0.0))


def _word_score(word: str, words: Words) -> float:
    best = _alike(word, _with_joined(words.names[0]))
    for keyword in words.names[1:]:
        best = max(best, 0.97 * _alike(word, _with_joined(keyword)))
    for category in words.categories:
        best = max(best, 0.8 * _alike(word, category))
    if best < GOOD:
        best = 0.55 if word in words.options else 0.45 if word in words.text else 0.0
    return best


@functools.lru_cache(maxsize=50_000)
def _alike(word: str, known: tuple[str, ...]) -> float:
    best = 0.0
    for other in known:
        if word == other:
            return 1.0
        if len(word) >= 4 and len(other) >= 4:
            ratio = max(fuzz.ratio(word, other), _SWAPPED if _is_swapped(word, other) else 0.0)
            best = max(best, ratio / 100 * 0.95 if ratio >= _ALIKE else 0.0)
    return best


def _is_swapped(word: str, other: str) -> bool:
    """Whether nothing but two neighbouring letters changed places: "dsek"."""
    return sorted(word) == sorted(other) and OSA.distance(word, other, score_cutoff=1) == 1


@functools.lru_cache(maxsize=10_000)
def _with_joined(words: tuple[str, ...]) -> tuple[str, ...]:
    """``t shirt`` can also be asked for as ``tshirt``; the last word stays among the last two."""
    joined = tuple(f"{left}{right}" for left, right in pairwise(words))
    return (*words[:-1], *joined[:-1], *words[-1:], *joined[-1:])
