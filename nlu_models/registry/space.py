"""Telling a full disk from every other failure, before or after it happens."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contract.wire import NoSpace

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_WORDS = ("No space left on device", "Disk quota exceeded", "File too large")  # of libraries with errors of their own
REMEDY = (
    "Free some space, for example by deleting versions that no archive needs, and try again; "
    "the version that serves is untouched."
)


def no_space(error: BaseException) -> NoSpace | None:
    """The typed error where ``error``, or an error that led to it, is a full disk; None for every other error."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, NoSpace):
            return found
        if getattr(found, "errno", None) in FULL or any(word in str(found) for word in _WORDS):
            return full(found)
        found = found.__cause__ or found.__context__
    return None


def full(cause: object) -> NoSpace:
    """The typed error, with what was seen of it."""
    return NoSpace(f"The disk is full, or a quota is reached ({cause}). {REMEDY}")


@contextmanager
def watched() -> Iterator[None]:
    """Inside, a full disk is raised as ``NoSpace``, whatever library met it."""
    try:
        yield
    except Exception as error:
        typed = no_space(error)
        if typed is None or typed is error:
            raise
        raise typed from error


def require(folder: Path, size: int) -> None:
    """
    Raises:
        NoSpace: the disk of ``folder`` has less than ``size`` bytes free.
    """
    free = shutil.disk_usage(folder).free
    if free < size:
        raise NoSpace(f"{folder} needs about {size / 1e6:.0f} MB and has {free / 1e6:.0f} MB free. {REMEDY}")
