"""How unlikely it is that fingers which mean one word write another, as a negative logarithm."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from nlu_models.inference.keyboard import DIGITS, LETTERS, neighbours

# Of one mistake. Chosen on the validation messages, mistyped.
SLIP = 4.0  # a letter lost, a neighbour of its key, two that changed places
DOUBLED = 3.5
STRANGE = 9.0  # any other letter, or one too many
_NEAR = {(key, near) for key, found in neighbours((DIGITS, *LETTERS)).items() for near in found}


def unlikeliness(meant: str, written: str, distance: int) -> float:
    """
    Args:
        distance: of both, where letters that changed places count as one mistake.
    """
    steps = Levenshtein.editops(meant, written)
    if len(steps) > distance:  # letters changed places
        return SLIP * distance
    return sum(_of_one(step.tag, meant, step.src_pos, written, step.dest_pos) for step in steps)


def _of_one(kind: str, meant: str, source: int, written: str, target: int) -> float:
    if kind == "delete":
        return SLIP
    if kind == "replace":
        return SLIP if (meant[source], written[target]) in _NEAR else STRANGE
    beside = written[max(target - 1, 0) : target] + written[target + 1 : target + 2]
    return DOUBLED if written[target] in beside else STRANGE
