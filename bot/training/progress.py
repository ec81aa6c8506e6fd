"""Progress of a training: a bar in a terminal, otherwise lines such as ``[ 45 %] epoch 3 of 6``."""

from __future__ import annotations

import re
import sys
from typing import TextIO

from tqdm import tqdm

_LINE = re.compile(r"^\[\s*(?P<percent>\d{1,3}) %\] (?P<stage>.+)$")
_STEP = 0.05


class Progress:
    """Shows the way from 0 to 1. Use it as a context manager."""

    def __init__(self, label: str, *, stream: TextIO | None = None) -> None:
        self._label, self._stream = label, stream or sys.stderr
        self._bar: tqdm | None = None
        self._shown: tuple[float, str] = (-1.0, "")

    def __enter__(self) -> Progress:
        if self._stream.isatty():
            form = "{desc} {bar} {percentage:3.0f} % {elapsed} {postfix}"
            self._bar = tqdm(total=1.0, desc=self._label, bar_format=form, file=self._stream, disable=False)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, progress: float, stage: str) -> None:
        """``progress`` in [0, 1]."""
        if self._bar is not None:
            self._bar.set_postfix_str(stage, refresh=False)
            self._bar.update(max(0.0, progress - self._bar.n))
        elif stage != self._shown[1] or progress - self._shown[0] >= _STEP or progress >= 1.0 > self._shown[0]:
            self._shown = (progress, stage)
            self._stream.write(line(progress, f"{self._label}: {stage}") + "\n")
            self._stream.flush()


def line(progress: float, stage: str) -> str:
    """One line for a log."""
    return f"[{round(progress * 100):3d} %] {stage}"


def read_line(text: str) -> tuple[float, str] | None:
    """Progress and stage of a ``line``; None for any other text."""
    match = _LINE.match(text.strip())
    return (min(100, int(match["percent"])) / 100, match["stage"]) if match else None
