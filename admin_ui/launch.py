"""How Streamlit is started: headless, where the settings say, without telemetry."""

from __future__ import annotations

import sys
from pathlib import Path

from contract.settings import Settings

APP = Path(__file__).with_name("app.py")


def command(settings: Settings) -> list[str]:
    """The command line of the server."""
    options = {
        "server.address": settings.admin_host,
        "server.port": str(settings.admin_port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": "1",
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "logger.level": settings.log_level.lower(),
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(APP), *flags]
