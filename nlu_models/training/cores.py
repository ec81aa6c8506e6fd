"""Training beside other programs."""

from __future__ import annotations

import os


def share_the_cores() -> None:
    """Let torch's waiting threads sleep instead of spin; call before torch is imported.

    On two busy cores spinning threads made a training twenty times slower, and it took the cores from the
    messages that are answered meanwhile. On quiet ones it makes no difference.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
