"""``python -m bot.serve --archive PATH --port P``: one Rasa process on the loopback address.

It has no HTTP API of Rasa's, no telemetry and no TensorFlow. It ends with status 1 and one sentence where the
archive is not ours or a database is away, and with 0 after SIGTERM, when what was begun is answered.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.quiet import hush
from contract.settings import PREFIX, Settings, load
from contract.wire import ShopclerkError, Unavailable

if TYPE_CHECKING:
    from sanic import Sanic

logger = logging.getLogger("bot.serve")


def main() -> int:
    """Entry of the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.serve", description=__doc__.splitlines()[0])
    parser.add_argument("--archive", type=Path, required=True, help="a signed Rasa model archive")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this one ends")
    options = parser.parse_args()
    hush()
    try:
        settings = load()
        _log_to_stderr(settings.log_level)
        _refuse_used_port(settings.bot_host, options.port)
        app = _loaded(options.archive, settings)
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    if options.with_parent:
        threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    logger.info("Serving %s on port %d.", options.archive.name, options.port)
    app.run(host=settings.bot_host, port=options.port, workers=1, access_log=False, debug=False)
    return 0


def _loaded(archive: Path, settings: Settings) -> Sanic:
    from bot.serving.without_tensorflow import keep_tensorflow_out

    with warnings.catch_warnings(record=True):
        keep_tensorflow_out()
        from bot.serving.app import create_app

        return create_app(archive, settings)


def _refuse_used_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"Port {port} is in use ({error.strerror}): stop what uses it, or set {PREFIX}BOT_PORTS."
            ) from error


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)


def _log_to_stderr(level: str) -> None:
    """Rasa writes what shoppers say into its debug log, so its own logs begin at WARNING, whatever ``level`` is."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("sanic", "rasa", "matplotlib", "asyncio", "apscheduler", "numexpr"):
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
