"""When two messages count as the same for a reviewer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_NOT_WORDS = re.compile(r"[^\w<>]+")


def normal_form(text: str) -> str:
    """Lower case, words only, one blank between them. A text without any word stays as it is."""
    return _NOT_WORDS.sub(" ", text.casefold()).strip() or text.strip()


def text_key(text: str, masked: Iterable[tuple[int, int, str]] = ()) -> str:
    """A digest that is equal for messages that differ only in case, punctuation and personal data.

    Args:
        text: the masked text.
        masked: ``(start, end, kind)`` of the stand-ins in it; each counts as its kind.
    """
    parts, place = [], 0
    for start, end, kind in sorted(masked):
        parts += [text[place:start], f"<{kind}>"]
        place = end
    whole = normal_form("".join([*parts, text[place:]]))
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()
