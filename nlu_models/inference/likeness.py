"""When two texts are the same words, or the same words mistyped."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from rapidfuzz import fuzz

_APOSTROPHES = re.compile("['’`]")
_NUMBERS = re.compile(r"\d+")
_NOT_WORDS = re.compile(r"\W+")


def normal_form(text: str) -> str:
    """The words in lower case with one blank between, each number as ``0``. A text without a word stays as it is."""
    folded = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    return _NOT_WORDS.sub(" ", _NUMBERS.sub("0", folded)).strip() or text.strip()


def likeness(one: str, other: str) -> float:
    """The share of characters that two normal forms have in common, in their order, in [0, 1]."""
    return fuzz.ratio(one, other) / 100


def digest(*words: str) -> int:
    """64 bits that stand for the words."""
    whole = "\0".join(words).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(whole, digest_size=8).digest(), "big")
