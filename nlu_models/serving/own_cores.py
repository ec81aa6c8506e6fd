"""A core for each thread that understands messages."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable


def stay_on_own_core(threads: int) -> Callable[[], None] | None:
    """What each of ``threads`` threads does first, to stay on a core where none of the others is.

    The event loop wakes so often that the system moves busy threads about, and now and then puts two on one core while
    another idles. None where the process has more or fewer cores, which programs beside it might choose alike, and
    where threads cannot choose (they can on Linux).
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) != threads:
        return None
    turn = itertools.cycle(cores)

    def stay() -> None:
        with contextlib.suppress(OSError):  # a container may forbid it, or have lost the core
            os.sched_setaffinity(0, {next(turn)})  # 0: the thread that calls

    return stay
