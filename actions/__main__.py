"""``python -m actions``: the action server at ``SHOPCLERK_ACTIONS_HOST:SHOPCLERK_ACTIONS_PORT``."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from typing import Any

import uvicorn

from actions.runtime import Runtime
from actions.server import make_app
from actions.services import passwords
from actions.services.policy import Policy
from contract.settings import Settings, load
from contract.wire import ShopclerkError

QUIET = ("rasa_sdk", "httpx", "sqlalchemy", "alembic")
FINISH_WITHIN_S = 5


def main() -> int:
    try:
        settings = load()
        _log_to_stderr(settings.log_level)
        Policy.load(Path(settings.data_dir))  # a mistake is told now, not to the first shopper
        passwords.check_settings(settings)
        app = make_app(Runtime.of(settings))
    except ShopclerkError as error:
        sys.stderr.write(f"The action server cannot start: {error.message}\n")
        return 2
    return _serve(uvicorn.Config(app, **_options(settings)))


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "host": settings.actions_host,
        "port": settings.actions_port,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": FINISH_WITHIN_S,
    }


def _serve(config: uvicorn.Config) -> int:
    """Serves until SIGTERM or Ctrl-C, both of which end it with 0."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    server = uvicorn.Server(config)
    try:
        server.run()
    except KeyboardInterrupt:
        return 0
    return 0 if server.started else 1


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(level=level.upper(), format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
