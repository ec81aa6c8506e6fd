"""The settings for programs that sign nothing: they also run where no secret key was made yet."""

from __future__ import annotations

import os
from collections.abc import Mapping

from contract.settings import MIN_KEY_LENGTH, PREFIX, Settings, load


def without_secret(environ: Mapping[str, str] | None = None) -> Settings:
    """All settings but the secret key, which is a row of dashes here.

    Raises:
        InvalidInput: a value has the wrong type.
    """
    environ = os.environ if environ is None else environ
    return load({**environ, f"{PREFIX}SECRET_KEY": "-" * MIN_KEY_LENGTH})
