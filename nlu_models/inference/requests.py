"""Several requests in one message: which pieces are requests of their own, by what the model says of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from contract.nlu import OUT_OF_SCOPE_INTENT, Entity
from nlu_models.inference.segments import Piece

Floats = NDArray[np.float64]
# Chosen on data/evaluation/requests/validation.yml, and on data/evaluation/validation.yml and data/nlu, whose messages
# have one request: at most one in 500 of them is split. The least confidence of both sides, and what the message as a
# whole must grant each of the two intents:
ANNOUNCED = 0.5  # "also" or the like stands between them
SURE, MENTIONED = 0.7, 1e-3  # both sides ask
SURE_OF_A_REPORT, REPORTED = 0.98, 1e-3  # one side only tells something ("my mug arrived broken")
FLOOR = 1e-3  # what the whole message grants at least, when it has its say about a piece
# Said beside a request, and no request of its own.
_SMALL_TALK = "greet thanks goodbye affirm deny stop bot_challenge how_are_you help insult inform refine_search"
BESIDE = frozenset({*_SMALL_TALK.split(), OUT_OF_SCOPE_INTENT})
# Asking for the same with another number is another request: "cancel #W1, and please cancel #W2 too".
NUMBERS = ("order_id", "tracking_id", "invoice_id", "ticket_id")


@dataclass(frozen=True)
class Part:
    """Characters ``start`` to ``end`` (exclusive): a request for ``intent`` (a column)."""

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
    probabilities: Floats,
    whole: Floats,
    intents: Sequence[str],
    entities: Sequence[Entity],
) -> list[Part]:
    """The requests in the order of the text; none where the message is to be understood as a whole.

    Args:
        probabilities: (pieces, intents), of each piece within its message.
        whole: (intents,), of the whole message.
        entities: of the whole message; no request begins inside one.
    """
    found: list[Part] = []
    for piece, shares in zip(pieces, probabilities, strict=True):
        if any(entity.start < piece.start < entity.end for entity in entities):
            continue
        part = _part(piece, shares)
        other_number = bool(found) and _has_other_number(found[-1], part, entities)
        if piece.repeats and other_number:
            found.append(replace(part, intent=found[-1].intent, confidence=found[-1].confidence))
        elif part.confidence >= ANNOUNCED and intents[part.intent] not in BESIDE:
            if not found or _is_new(found[-1], part, piece, whole, other_number=other_number):
                found.append(part)
            else:
                found[-1] = _merged(found[-1], part, whole)
    return _with_ends(found, pieces, len(text)) if len(found) > 1 else []


def _part(piece: Piece, probabilities: Floats) -> Part:
    best = int(probabilities.argmax())
    return Part(piece.start, piece.end, best, float(probabilities[best]), piece.asks)


def _is_new(last: Part, part: Part, piece: Piece, whole: Floats, *, other_number: bool) -> bool:
    if last.intent == part.intent:
        return last.asks and part.asks and other_number
    sure = min(last.confidence, part.confidence)
    if piece.announced and (last.asks or part.asks):
        return sure >= ANNOUNCED
    granted = min(whole[last.intent], whole[part.intent])
    if last.asks and part.asks:
        return bool(sure >= SURE and granted >= MENTIONED)
    told = sure >= SURE_OF_A_REPORT and granted >= REPORTED
    return bool(told and (part.asks or not piece.is_listed))


def _has_other_number(last: Part, part: Part, entities: Sequence[Entity]) -> bool:
    """Whether ``part`` names a number of a kind of which there is another one since ``last`` began."""
    numbers = [entity for entity in entities if entity.entity in NUMBERS]
    before = {(n.entity, n.value) for n in numbers if last.start <= n.start < part.start}
    here = {(n.entity, n.value) for n in numbers if part.start <= n.start < part.end}
    return bool(here - before) and {kind for kind, _ in here} & {kind for kind, _ in before} != set()


def _merged(last: Part, part: Part, whole: Floats) -> Part:
    """One request of two pieces: what is asked counts more than what is told, then what the whole message says."""
    better = max(last, part, key=lambda one: (one.asks, whole[one.intent], one.confidence))
    return replace(better, start=last.start)


def _with_ends(found: Sequence[Part], pieces: Sequence[Piece], length: int) -> list[Part]:
    """Each request lasts until the border before the next; they cover the message."""
    borders = {piece.start: piece.start - len(piece.border) for piece in pieces}
    ends = [*(borders[part.start] for part in found[1:]), length]
    starts = [0, *(part.start for part in found[1:])]
    return [replace(part, start=start, end=end) for part, start, end in zip(found, starts, ends, strict=True)]
