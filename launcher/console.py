"""What the launcher says: one line a step, one line an error."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

BEAT_S = 10.0


class LauncherError(Exception):
    """Something the person at the keyboard can put right. Its text is the sentence that says how."""


def say(text: str) -> None:
    print(text, flush=True)


@contextmanager
def step(title: str, *, beat_s: float = BEAT_S) -> Iterator[None]:
    """Print ``title`` when it begins, that it goes on every ``beat_s`` seconds, and how long it took when it ends."""
    say(f"▸ {title} …")
    began = time.monotonic()
    ended = threading.Event()
    beat = threading.Thread(target=_beat, args=(title, began, beat_s, ended), daemon=True)
    beat.start()
    try:
        yield
    finally:
        ended.set()
        beat.join()
    say(f"✓ {title} ({time.monotonic() - began:.1f} s)")


def _beat(title: str, began: float, beat_s: float, ended: threading.Event) -> None:
    while not ended.wait(beat_s):
        say(f"  {title}: {time.monotonic() - began:.0f} s so far …")


def fail(error: BaseException) -> int:
    print(f"✗ {error}", file=sys.stderr, flush=True)
    return 1
