"""Who is told how far a training is: the progress in [0, 1] and a short stage."""

from __future__ import annotations

from collections.abc import Callable

OnStep = Callable[[float, str], None]


def part(on_step: OnStep, low: float, high: float) -> OnStep:
    """Progress of a part that goes from ``low`` to ``high`` of the whole."""
    return lambda done, stage: on_step(low + done * (high - low), stage)


def quietly(_progress: float, _stage: str) -> None:
    """Report to nobody."""
