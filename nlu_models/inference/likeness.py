"""When two texts are the same words, or the same words mistyped."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from rapidfuzz import fuzz

_APOSTROPHES = re.compile("['’`]")
_NUMBERS = re.compile(r"\d+")
_NOT_WORDS = re.compile(r"\W+")
_MANNERS = re.compile(
    r"\b(?:please|pls|plz|thanks|thank you|thx|hello|hi|hey|good (?:morning|afternoon|evening)"
    r"|ok|okay|so|well|um|uh|sorry)\b"
)
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nothing|nobody|without|cannot"
    r"|(?:do|does|did|is|are|was|were|wo|would|ca|could|should|has|have|had)nt)\b"
)
SAME_WORD = 0.7
SHORT = 2


def normal_form(text: str) -> str:
    """The words in lower case with one blank between, each number as ``0``. A text without a word stays as it is."""
    folded = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    return _NOT_WORDS.sub(" ", _NUMBERS.sub("0", folded)).strip() or text.strip()


def without_manners(form: str) -> str:
    """A normal form without greetings, thanks and fillers; itself where there is nothing else in it."""
    return " ".join(_MANNERS.sub(" ", form).split()) or form


def is_negated(form: str) -> bool:
    """Whether a normal form says no to something."""
    return _NEGATION.search(form) is not None


def is_mistyped(one: str, other: str) -> bool:
    """Whether each longer word of either normal form is one of the other's, or could be one with a typing error."""
    here, there = one.split(), other.split()
    return all(_has(there, word) for word in here) and all(_has(here, word) for word in there)


def likeness(one: str, other: str) -> float:
    """The share of characters that two normal forms have in common, in their order, in [0, 1]."""
    return fuzz.ratio(one, other) / 100


def digest(*words: str) -> int:
    """64 bits that stand for the words."""
    whole = "\0".join(words).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(whole, digest_size=8).digest(), "big")


def _has(words: list[str], word: str) -> bool:
    return len(word) <= SHORT or any(likeness(word, other) > SAME_WORD for other in words)
