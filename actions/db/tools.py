"""What the command line tools of the database share."""

from __future__ import annotations

import os

from contract.settings import PREFIX, Settings, load


def tool_settings() -> Settings:
    """The settings from the environment. No secret key is needed: these tools sign nothing."""
    environ = dict(os.environ)
    environ.setdefault(f"{PREFIX}SECRET_KEY", "-" * 32)
    return load(environ)
