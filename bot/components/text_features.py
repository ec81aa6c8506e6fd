"""Word and character n-grams of a message, as counted names. No library, so that serving needs none."""

from __future__ import annotations

import itertools
import re
from collections import Counter

_WORD = re.compile(r"[a-z']+|[0-9]+|[^\sa-z0-9']")
_DIGIT = re.compile(r"[0-9]")
MAX_CHARACTERS = 500


def features(text: str) -> Counter[str]:
    """Counts of words (``w:``), word pairs (``b:``) and character 2- to 5-grams within words (``c:``).

    Digits all count as 0, so that one order number is like another. Only the first 500 characters matter.
    """
    words = _WORD.findall(_DIGIT.sub("0", text[:MAX_CHARACTERS].lower()))
    found: Counter[str] = Counter()
    for word in words:
        found[f"w:{word}"] += 1
        padded = f" {word[:30]} "
        for size in (2, 3, 4, 5):
            for start in range(len(padded) - size + 1):
                found[f"c:{padded[start : start + size]}"] += 1
    for first, second in itertools.pairwise(words):
        found[f"b:{first} {second}"] += 1
    return found
