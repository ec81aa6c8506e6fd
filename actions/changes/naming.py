"""Which change somebody means by the words alone, where the intent does not tell."""

from __future__ import annotations

import re

_ORDER = r"(?: (?:the|my|this|that|whole|entire))* (?:order|it|that|everything|#?w?\d{7})\b"
_COUNT = r"(?:\d{1,3}|a|one|two|three|four|five|six|seven|eight|nine|ten)"
_PIECES = re.compile(
    rf"\b(?:quantit(?:y|ies)|(?:number|amount) of|how many|pieces?|pcs|add another)\b|\b{_COUNT} instead of {_COUNT}\b"
    rf"|\b{_COUNT} (?:more|less|fewer|extra|additional|of them)\b",
    re.IGNORECASE,
)
_DEMANDS = {
    "cancel": re.compile(rf"\bcancel{_ORDER}", re.IGNORECASE),
    "returns": re.compile(rf"\b(?:(?:return|send back){_ORDER}|send{_ORDER} back)", re.IGNORECASE),
    "exchange": re.compile(rf"\bexchange{_ORDER}", re.IGNORECASE),
    "quantity": re.compile(rf"\b(?:add|remove|take off) {_COUNT} (?:(?:more|extra) )?(?:pieces?|pcs)\b", re.IGNORECASE),
}
_WAYS = {
    "exchange": re.compile(r"\b(exchange|swap|trade in)\b", re.IGNORECASE),
    "returns": re.compile(r"\b(return|sen[dt]\b.{0,40}\bback|giv(?:e|ing)\b.{0,40}\bback)\b", re.IGNORECASE),
}
_TOPICS = {
    "cancel": re.compile(r"\bcancel", re.IGNORECASE),
    "address": re.compile(r"\b(address|deliver|send|ship|street|zip)", re.IGNORECASE),
    "payment": re.compile(r"\b(pay|paid|card|paypal|voucher)", re.IGNORECASE),
    "items": re.compile(
        r"\b(items?|products?|articles?|things?|size|colou?r|option|variant|version|model)\b", re.IGNORECASE
    ),
}


def demanded_in(text: str) -> str | None:
    """The kind of change that a text clearly asks for: "no, cancel the order instead", "add 2 more pieces"."""
    return next((kind for kind, pattern in _DEMANDS.items() if pattern.search(text)), None)


def way_in(text: str) -> str | None:
    """How somebody wants something put right that came wrong: "the shoes are too small, I want to exchange them"."""
    return next((kind for kind, pattern in _WAYS.items() if pattern.search(text)), None)


def means_pieces(text: str) -> bool:
    """Whether it is about how many of something: "3 instead of 2", "two more of the socks"."""
    return bool(_PIECES.search(text))


def topic_of(text: str) -> str | None:
    """The kind of change that a wish to change an order speaks of; None where it tells nothing, or several. So many
    pieces are always those of an item."""
    kinds = [kind for kind, pattern in _TOPICS.items() if pattern.search(text)]
    if means_pieces(text):
        kinds = ["quantity", *(kind for kind in kinds if kind != "items")]
    return kinds[0] if len(kinds) == 1 else None
