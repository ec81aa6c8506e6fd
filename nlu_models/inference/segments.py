"""The pieces of a message between which one request may end and the next begin.

Cheap on purpose: most messages have one piece, and then the model reads nothing twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from contract.nlu import Entity

MAX_PIECES = 6
MAX_CHARACTERS = 1000
MIN_WORDS = 2
SENTENCE = 5  # words, from which a piece may be a request though it does not begin like one
MAX_OPENING = 100  # characters in which a request shows itself as one
_AND = r"(?:and|but|then|plus|also|besides|or|so|&)"
_BORDER = re.compile(
    rf"(?<=[.!?;])\s+|\s*\n\s*|\s*[,;]\s+(?:{_AND}\s+)*|\s+[-–—]\s+|\s+(?:(?:and|but|then|plus|also|&)\s+)+",
    re.IGNORECASE,
)
_BEFORE = (
    r"(?:(?:and|but|then|plus|also|or|so|first|second(?:ly)?|next|finally|lastly|now|ok(?:ay)?|oh|hi|hello|hey|there|please"
    r"|pls|plz|kindly|just|maybe|again|btw|by the way|(?:and )?if (?:so|not)|after that|one more thing|another thing"
    r"|until|till|since|from|at|in|for|to|with|by)\b\W*)*"
)
_WISHES = (
    r"(?:i|we)\W?(?:'?d|'?ll|would|want|need|wish|wanna|can|could|will|have to|must|don'?t want)\b"
    r"|(?:i'?m|i am|we'?re|we are) (?:looking|trying|after|interested)\b"
)
_QUESTIONS = (
    r"(?:can|could|would|will|may|might|shall|should|do|does|did|is|are|was|were|has|have|isn'?t|aren'?t|don'?t|any"
    r"|what|how|where|when|which|who|whose|why)\b|(?:what|where|when|how|who)'?s\b"
)
_COMMANDS = (
    r"(?:add|apply|ask|book|bring|browse|buy|call|cancel|change|check|close|compare|confirm|connect|contact|correct"
    r"|deactivate|delete|deliver|do|double|drop|email|erase|exchange|explain|extend|find|fix|forward|get|give|help|hold"
    r"|increase|inform|install|join|keep|leave|let'?s?|list|locate|look|mail|make|modify|move|need|notify|open|order"
    r"|pause|pay|print|put|rate|recommend|reduce|refund|register|remind|remove|reorder|repeat|replace|resend|reserve"
    r"|reset|return|review|save|scrap|search|see|sell|send|ship|show|sign|speak|split|start|stop|subscribe|suggest|swap"
    r"|switch|take|talk|tell|trace|track|turn|unlock|unsubscribe|update|upgrade|use|want|write|looking)\b"
)
_ASKS = re.compile(rf"{_BEFORE}(?:{_WISHES}|{_QUESTIONS}|{_COMMANDS})", re.IGNORECASE)
_MORE = re.compile(r"\b(?:also|plus|besides|then)\b", re.IGNORECASE)
_ONE_MORE = re.compile(
    r"(?:and|also|plus|besides|then|after that|by the way|btw|(?:oh,? )?(?:another|one more) (?:thing|question))\b",
    re.IGNORECASE,
)
_SAME = re.compile(
    r"(?:and |also |please |pls )*(?:(?:do )?(?:the |exactly the )?same\b|likewise\b|ditto\b)", re.IGNORECASE
)


@dataclass(frozen=True)
class Piece:
    """Characters ``start`` to ``end`` (exclusive) of a message; ``border`` is what stands before them.

    ``asks``: it begins like a question, a wish or a command. ``announced``: "also" or the like says that something
    more is asked. ``repeats``: it asks for what was asked before ("the same for …").
    """

    start: int
    end: int
    border: str
    asks: bool
    announced: bool
    repeats: bool

    def holds(self, entity: Entity) -> bool:
        """Whether an entity of the message begins in it."""
        return self.start <= entity.start < self.end

    @property
    def is_listed(self) -> bool:
        """Whether nothing but "and" stands before it: it may be one more thing of the same request."""
        return self.border.strip().lower() in ("and", "&", "", ",")


def pieces(text: str) -> list[Piece]:
    """The message's pieces of at least two words, or none where no further one looks as if it could be a request."""
    found: list[Piece] = []
    start, border = 0, ""
    for match in (*_BORDER.finditer(text, 0, MAX_CHARACTERS), None):
        end = match.start() if match else len(text)
        if len(text[start:end].split()) >= MIN_WORDS:
            found.append(_piece(text, start, end, border))
        start, border = (match.end(), match[0]) if match else (end, "")
    found = found[:MAX_PIECES]
    return found if any(_may_be_a_request(text, piece) for piece in found[1:]) else []


def _may_be_a_request(text: str, piece: Piece) -> bool:
    return piece.asks or piece.repeats or len(text[piece.start : piece.end].split()) >= SENTENCE


def _piece(text: str, start: int, end: int, border: str) -> Piece:
    written = text[start : min(end, start + MAX_OPENING)]
    return Piece(
        start,
        end,
        border,
        asks=bool(_ASKS.match(written)),
        announced=bool(_MORE.search(border) or _ONE_MORE.match(written)),
        repeats=bool(_SAME.match(written)),
    )
