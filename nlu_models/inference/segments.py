"""The sentences of a message that may hold a request of their own."""

from __future__ import annotations

import re

MAX_SEGMENTS = 4
MIN_WORDS = 3
_BORDER = re.compile(r"(?<=[.!?;])\s+|\n+|,?\s+(?:and also|also|and then|besides that|another thing)\b[,:]?\s*", re.I)


def segments(text: str) -> list[str]:
    """The message's sentences of at least three words, none where it has fewer than two such."""
    parts = [part.strip() for part in _BORDER.split(text[:2000])]
    long = [part for part in parts if len(part.split()) >= MIN_WORDS]
    return long[:MAX_SEGMENTS] if len(long) > 1 else []
