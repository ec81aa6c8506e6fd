"""Numbers in words: ``twenty-five`` is 25, ``a couple of`` is 2."""

from __future__ import annotations

import re

_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {word: value for value, word in enumerate(_WORDS)} | {word: 10 * n for n, word in enumerate(_TENS, start=2)}
_SMALL |= {"a": 1, "an": 1, "single": 1, "pair": 2, "pairs": 2, "couple": 2, "both": 2}
_TIMES = {"dozen": 12, "dozens": 12, "hundred": 100, "thousand": 1000}
_FILLERS = frozenset(("of", "and", "the", "about", "around", "just", "only"))


def number(text: str) -> int | None:
    """The whole number that ``text`` says, in digits or in English words; None where it says none."""
    plain = text.casefold().strip()
    if plain.isdecimal() and len(plain) < 10:
        return int(plain)
    words = [word for word in re.split(r"[\s-]+", plain) if word and word not in _FILLERS]
    if words[:1] == ["half"] and words[-1:] == ["dozen"]:
        return 6
    if len(words) > 1 and words[0] in ("a", "an") and words[1] in (*_SMALL, *_TIMES):
        words = words[1:]  # a pair, a dozen
    if len(words) > 1 and words[-1] in ("pair", "pairs", "couple"):
        words = words[:-1]  # two pairs of shoes are two
    return _sum(words)


def _sum(words: list[str]) -> int | None:
    total = current = 0
    for word in words:
        if word in _TIMES:
            current = max(current, 1) * _TIMES[word]
            if word == "thousand":
                total, current = total + current, 0
        elif word in _SMALL:
            current += _SMALL[word]
        else:
            return None
    return total + current if words else None
