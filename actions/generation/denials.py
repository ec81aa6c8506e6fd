"""What a text denies: "not free", "cannot be returned", "no minimum". Turning that round is the worst of mistakes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DENYING = "cannot except neither never no none nor not nothing unless without"
DENYING = frozenset(_DENYING.split())
_BETWEEN = "a an any be been being the to yet just have has had is are was were do does did also"
BETWEEN = frozenset(_BETWEEN.split())
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|[.!?;:]")


@dataclass(frozen=True)
class Denials:
    """Words behind a "not", and words that stand somewhere without one."""

    denied: frozenset[str]
    stated: frozenset[str]


def turns_round(text: str, source: str) -> bool:
    """Whether ``text`` denies what ``source`` does not deny, or states what it only denies."""
    said, known = denials(text), denials(source)
    return not said.denied <= known.denied or bool(said.stated & (known.denied - known.stated))


def denials(text: str) -> Denials:
    """By the first word that says something behind each "not"."""
    denied: set[str] = set()
    stated: set[str] = set()
    is_denied = False
    for word in _WORD.findall(text.casefold()):
        if word in DENYING or word.endswith("n't"):
            is_denied = True
        elif word not in BETWEEN:
            (denied if is_denied else stated).add(word)
            is_denied = False
    return Denials(frozenset(denied), frozenset(stated))
