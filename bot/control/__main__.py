"""``python -m bot.control``: keeps Rasa running and offers the control API until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import socket
import sys
from pathlib import Path

from aiohttp import web

from bot.control.app import create_app
from bot.quiet import hush
from contract.settings import PREFIX, Settings, load
from contract.wire import ShopclerkError, Unavailable


def main() -> int:
    """Entry of the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.control", description=__doc__)
    parser.add_argument("--project", type=Path, help="Rasa project to train; by default bot/")
    options = parser.parse_args()
    hush()
    try:
        settings = load()
        settings.ports()
        _refuse_used_port(settings)
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    app = create_app(settings, project=options.project)
    # aiohttp waits that long for every task, and those that keep Rasa running end only when the app is cleaned up.
    web.run_app(app, host=settings.control_host, port=settings.control_port, print=None, shutdown_timeout=0.5)
    return 0


def _refuse_used_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.control_host, settings.control_port))
        except OSError as error:
            raise Unavailable(
                f"Port {settings.control_port} is in use ({error.strerror}): stop what uses it, "
                f"or set {PREFIX}CONTROL_PORT."
            ) from error


if __name__ == "__main__":
    sys.exit(main())
