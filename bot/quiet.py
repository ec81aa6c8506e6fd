"""The environment in which Rasa starts quietly: no telemetry, no TensorFlow chatter, no library warnings."""

from __future__ import annotations

import os
import warnings

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "MPLBACKEND": "Agg",
    "PYTHONWARNINGS": "ignore",
}


def hush() -> None:
    """Applies ``QUIET`` to this process. Call it before Rasa is imported."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore")


def environment() -> dict[str, str]:
    """This process's environment with ``QUIET``, for a child process."""
    return {**os.environ, **QUIET}
