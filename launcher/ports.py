"""Says before the start, in one line, which port is taken."""

from __future__ import annotations

import socket

from contract.settings import PREFIX, Settings
from launcher.console import LauncherError
from launcher.programs import programs


def check_free(settings: Settings) -> None:
    """
    Raises:
        LauncherError: a port is in use; names it, the program and the setting that moves it.
    """
    wanted = [(p.host, p.port, p.name, p.port_setting) for p in programs(settings)]
    wanted += [(settings.bot_host, port, "Rasa", f"{PREFIX}BOT_PORTS") for port in settings.ports()]
    for host, port, name, variable in wanted:
        if not _is_free(host, port):
            raise LauncherError(
                f"Port {port} ({name}) is in use: end the program that listens there, "
                f"or set {variable} to another port."
            )


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
