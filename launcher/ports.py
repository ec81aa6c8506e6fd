"""Says before the start, in one line, which port is taken."""

from __future__ import annotations

import errno
import socket

from contract.settings import PREFIX, Settings
from launcher.console import LauncherError
from launcher.programs import programs


def check_free(settings: Settings) -> None:
    """
    Raises:
        LauncherError: a port is in use or cannot be used; names it, the program and the setting that moves it.
    """
    wanted = [(p.host, p.port, p.name, p.port_setting) for p in programs(settings)]
    wanted += [(settings.bot_host, port, "Rasa", f"{PREFIX}BOT_PORTS") for port in settings.ports()]
    seen: dict[int, str] = {}
    for host, port, name, variable in wanted:
        if port in seen:
            raise LauncherError(f"Port {port} is given to {seen[port]} and to {name}: set {variable} to another port.")
        seen[port] = name
        problem = _problem(host, port)
        if problem:
            raise LauncherError(f"Port {port} ({name}) {problem} or set {variable} to another port.")


def _problem(host: str, port: int) -> str | None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError:
            return "is no port, they end at 65535: correct it,"
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "is in use: end the program that listens there,"
            return f"cannot be used on {host} ({error.strerror or error}): correct the host,"
    return None
