"""Messages as hurried fingers write them: seeded, so that every contender and every run reads the same ones."""

from __future__ import annotations

import random
from collections.abc import Callable

ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
SHARE = 0.1


def mistyped(text: str, *, seed: str, share: float = SHARE) -> str:
    """``text`` with ``share`` of its characters (one at least) swapped with the next, dropped, doubled, or replaced by
    a neighbour on the keyboard. White space stays."""
    choose = random.Random(f"{seed}\0{text}")
    spots = [at for at, character in enumerate(text) if not character.isspace()]
    wanted = min(len(spots), max(1, round(share * len(text))))
    characters = list(text)
    for at in sorted(choose.sample(spots, wanted), reverse=True):
        choose.choice(MISTAKES)(characters, at, choose)
    return "".join(characters)


def _swap(characters: list[str], at: int, choose: random.Random) -> None:
    if at + 1 < len(characters):
        characters[at], characters[at + 1] = characters[at + 1], characters[at]
    else:
        _double(characters, at, choose)


def _drop(characters: list[str], at: int, choose: random.Random) -> None:
    if len(characters) > 1:
        del characters[at]
    else:
        _double(characters, at, choose)


def _double(characters: list[str], at: int, _choose: random.Random) -> None:
    characters.insert(at, characters[at])


def _miss(characters: list[str], at: int, choose: random.Random) -> None:
    written = characters[at]
    near = choose.choice(_neighbours(written.lower()) or [written])
    characters[at] = near.upper() if written.isupper() else near


MISTAKES: tuple[Callable[[list[str], int, random.Random], None], ...] = (_swap, _drop, _double, _miss)


def _neighbours(key: str) -> list[str]:
    """The keys that touch ``key``: beside it, and above and below."""
    for number, row in enumerate(ROWS):
        at = row.find(key)
        if at >= 0:
            beside = [row[i] for i in (at - 1, at + 1) if 0 <= i < len(row)]
            others = [ROWS[i] for i in (number - 1, number + 1) if 0 <= i < len(ROWS)]
            return beside + [other[i] for other in others for i in (at, at + 1) if i < len(other)]
    return []
