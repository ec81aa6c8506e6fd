"""Several requests in one message: which pieces are requests of their own, by what the model says of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from contract.nlu import Entity
from nlu_models.inference.request_borders import BESIDE, has_other_number, likelihoods
from nlu_models.inference.segments import Piece

Floats = NDArray[np.float64]
LIKELY = 0.5  # from which a new request begins
CLEAR = 0.5  # confidence, from which it counts that a piece asks
FLOOR = 0.05  # what the whole message grants at least, when it has its say about a piece


@dataclass(frozen=True)
class Part:
    """Characters ``start`` to ``end`` (exclusive): a request for ``intent`` (a column). ``asks``: it is put as one."""

    start: int
    end: int
    intent: int
    confidence: float
    asks: bool


def within(probabilities: Floats, whole: Floats) -> Floats:
    """What each piece means inside its message: alone "cancel it" may mean to stop, beside an order it does not.

    Args:
        probabilities: (pieces, intents), of each piece alone.
        whole: (intents,), of the whole message.
    """
    weighted = probabilities * (whole + FLOOR)
    return np.asarray(weighted / weighted.sum(axis=-1, keepdims=True), dtype=np.float64)


def parts(
    text: str,
    pieces: Sequence[Piece],
    alone: Floats,
    whole: Floats,
    intents: Sequence[str],
    entities: Sequence[Entity],
) -> list[Part]:
    """The requests in the order of the text; none where the message is to be understood as a whole.

    Args:
        alone: (pieces, intents), probabilities of each piece by itself.
        whole: (intents,), of the whole message.
        entities: of the whole message; no request begins inside one.
    """
    if len(pieces) < 2:
        return []
    likely = [1.0, *likelihoods(pieces, alone, whole, intents, entities)]
    found: list[Part] = []
    for piece, probability, shares in zip(pieces, likely, within(alone, whole), strict=True):
        this = _part(piece, shares, intents)
        if not found:
            found.append(this)
        elif piece.repeats and has_other_number(entities, found[-1].start, this.start, this.end):
            found.append(replace(this, intent=found[-1].intent, confidence=found[-1].confidence))
        elif probability >= LIKELY and not any(entity.start < piece.start < entity.end for entity in entities):
            found.append(this)
        else:
            found[-1] = _joined(found[-1], this, whole)
    requests = _different([part for part in found if intents[part.intent] not in BESIDE], whole, entities)
    return _with_ends(requests, pieces, len(text)) if len(requests) > 1 else []


def _part(piece: Piece, shares: Floats, intents: Sequence[str]) -> Part:
    best = int(shares.argmax())
    confidence = float(shares[best])
    asks = piece.asks and confidence > CLEAR and intents[best] not in BESIDE
    return Part(piece.start, piece.end, best, confidence, asks)


def _joined(last: Part, part: Part, whole: Floats) -> Part:
    """One request of two: what is asked counts more than what is told, then what the whole message says."""
    better = max(last, part, key=lambda one: (one.asks, whole[one.intent], one.confidence))
    return replace(better, start=last.start, end=part.end)


def _different(found: Sequence[Part], whole: Floats, entities: Sequence[Entity]) -> list[Part]:
    """Asking for the same again is no further request, unless it is with another number."""
    kept: list[Part] = []
    for part in found:
        is_same = bool(kept) and kept[-1].intent == part.intent
        if is_same and not has_other_number(entities, kept[-1].start, part.start, part.end):
            kept[-1] = _joined(kept[-1], part, whole)
        else:
            kept.append(part)
    return kept


def _with_ends(found: Sequence[Part], pieces: Sequence[Piece], length: int) -> list[Part]:
    """Each request lasts until the border before the next; they cover the message."""
    borders = {piece.start: piece.start - len(piece.border) for piece in pieces}
    ends = [*(borders[part.start] for part in found[1:]), length]
    starts = [0, *(part.start for part in found[1:])]
    return [replace(part, start=start, end=end) for part, start, end in zip(found, starts, ends, strict=True)]
