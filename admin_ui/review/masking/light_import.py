"""Keeps heavy optional packages out of this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """While it lasts, importing ``packages`` fails as if they were not installed, unless they are loaded already.

    spaCy and presidio import torch and transformers where they can and don't need them here: 316 MB and 3.4 s.
    """
    absent = [name for name in packages if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)
