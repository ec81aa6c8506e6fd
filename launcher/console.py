"""What the launcher says: one line a step, one line an error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class LauncherError(Exception):
    """Something the person at the keyboard can put right. Its text is the sentence that says how."""


def say(text: str) -> None:
    print(text, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print ``title`` when it begins and how long it took when it ends."""
    say(f"▸ {title} …")
    began = time.monotonic()
    yield
    say(f"✓ {title} ({time.monotonic() - began:.1f} s)")


def fail(error: BaseException) -> int:
    print(f"✗ {error}", file=sys.stderr, flush=True)
    return 1
