"""Settings where no secret is needed, such as training from the command line before a first run."""

from __future__ import annotations

import os

from contract.settings import PREFIX, Settings, load
from contract.wire import InvalidInput


def without_secret() -> Settings:
    """The settings; where no secret key exists yet, the rest of them."""
    try:
        return load()
    except InvalidInput:
        return load({**os.environ, f"{PREFIX}SECRET_KEY": "-" * 32})
