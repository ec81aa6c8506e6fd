"""Whether a rephrased template says what the template says: nothing lost, nothing added, nothing turned round.

Both texts hold marks for their facts (see ``facts``). Every mark must be there, those of a kind in the same order and
behind the same preposition. Every word must be there too, and no other, but for words that say nothing and for a few
that say the same. So a model may change the order, join sentences and speak to the shopper; what is late stays late.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from actions.generation.denials import turns_round
from actions.generation.facts import MARK

_GLUE = """
    a about am an and are as asking also at for hello here hey hi i is it its of our please question regarding so sorry
    thank thanks that the their them then there these they this those to update well which you your yours
"""
GLUE = frozenset(_GLUE.split())
"""What may be left out and added: it says nothing of itself. What stands before a mark is looked at apart."""
_SAME = (
    "costs cost price priced",
    "now moment currently present",
    "arrive come reach",
    "asked requested",
    "parcel package",
    "were was",
    "have has",
)
_FIRST = {word: group.split()[0] for group in _SAME for word in group.split()}
_SHORT = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'(?:s|m|re)\b"), ""),
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_PLACED = re.compile(
    r"\b(above|after|at|before|below|by|from|in|off|on|over|since|to|under|until|within)\s+(\[[A-Z]+_\d+\])",
    re.IGNORECASE,
)
_NOT_WRITTEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
_MARKUP = frozenset("[]<>`|{}\\~*_#=")
MORE = 100
"""Characters by which a text may be longer than its template."""
Check = Callable[[str, str], bool]


def difference(text: str, source: str) -> str | None:
    """What ``text`` lacks or has that ``source`` has not, in a word or two; None where nothing is found."""
    if not text.strip():
        return "empty"
    if len(text) > len(source) + MORE:
        return "too long"
    if any(unicodedata.category(sign) in _NOT_WRITTEN and sign != "\n" for sign in text):
        return "invisible characters"
    said, known = _even(text), _even(source)
    return next((name for name, differs in CHECKS.items() if differs(said, known)), None)


def _facts_differ(text: str, source: str) -> bool:
    """The marks of each kind, in the order in which they come first."""
    return _by_kind(text) != _by_kind(source)


def _is_marked_up(text: str, source: str) -> bool:  # noqa: ARG001 (every check has both)
    return not _MARKUP.isdisjoint(MARK.sub("", text))


def _has_number(text: str, source: str) -> bool:  # noqa: ARG001
    """All numbers of the template are behind marks."""
    return any(sign.isnumeric() for sign in MARK.sub("", text))


def _has_new_letters(text: str, source: str) -> bool:
    """Letters that look like ours and are not, other alphabets, pictures."""
    return any(not sign.isascii() and sign not in source for sign in text)


def _asks(text: str, source: str) -> bool:
    """What is asked is no longer said."""
    return text.count("?") != source.count("?")


def _words_are_lost(text: str, source: str) -> bool:
    return not _words(source) <= _words(text)


def _words_are_new(text: str, source: str) -> bool:
    return not _words(text) <= _words(source)


def _turns_round(text: str, source: str) -> bool:
    return turns_round(text, source) or turns_round(source, text)


def _places_differ(text: str, source: str) -> bool:
    """``by [DATE_1]`` is another thing than ``on [DATE_1]``."""
    return _placed(text) != _placed(source)


CHECKS: dict[str, Check] = {
    "a fact": _facts_differ,
    "markup": _is_marked_up,
    "a number": _has_number,
    "letters": _has_new_letters,
    "a question": _asks,
    "words lost": _words_are_lost,
    "words added": _words_are_new,
    "a denial": _turns_round,
    "a fact's place": _places_differ,
}


def _even(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'").replace("‑", "-")
    return MARK.sub(lambda mark: f" {mark[0]} ", text)


def _by_kind(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for mark in dict.fromkeys(MARK.findall(text)):
        found.setdefault(mark.split("_")[0], []).append(mark)
    return found


def _words(text: str) -> frozenset[str]:
    """The words that say something, the same thing always by the same word."""
    plain = MARK.sub(" ", text).casefold()
    for pattern, full in _SHORT:
        plain = pattern.sub(full, plain)
    return frozenset(_FIRST.get(word, word) for word in _WORD.findall(plain)) - GLUE


def _placed(text: str) -> frozenset[tuple[str, str]]:
    return frozenset((found[1].casefold(), found[2]) for found in _PLACED.finditer(text))
