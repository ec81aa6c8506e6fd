"""How unlikely it is that fingers which mean one word write another, as a negative logarithm."""

from __future__ import annotations

from nlu_models.inference.keyboard import DIGITS, LETTERS, neighbours

# Of one mistake. Chosen on the validation messages, mistyped.
SLIP = 4.0  # a letter lost, a neighbour of its key, two that changed places
DOUBLED = 3.5
STRANGE = 9.0  # any other letter, or one too many
CHEAPEST = DOUBLED
_NEAR = {(key, near) for key, found in neighbours((DIGITS, *LETTERS)).items() for near in found}


def unlikeliness(meant: str, written: str) -> float:
    """Of the likeliest mistakes that make one word the other (a weighted edit distance: Damerau, 1964; Wagner and
    Fischer, 1974). ``meant`` has one letter at least."""
    before: list[float] = []
    last = [0.0]  # what it takes to write the first letters of ``written`` for those of ``meant`` so far
    for key in written:
        last.append(last[-1] + (DOUBLED if key == meant[0] else STRANGE))
    for at, letter in enumerate(meant):
        here, following = [last[0] + SLIP], meant[at + 1 : at + 2]
        for place, key in enumerate(written):
            least = last[place]
            if letter != key:
                least += SLIP if (letter, key) in _NEAR else STRANGE
            if (lost := last[place + 1] + SLIP) < least:
                least = lost
            if (added := here[place] + (DOUBLED if key in (letter, following) else STRANGE)) < least:
                least = added
            if at and place and key == meant[at - 1] and letter == written[place - 1]:
                least = min(least, before[place - 1] + SLIP)  # they changed places
            here.append(least)
        before, last = last, here
    return last[-1]
