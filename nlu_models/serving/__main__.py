"""``python -m nlu_models.serving``: the transformer service on the address of the settings."""

from __future__ import annotations

import logging
import sys

import uvicorn

from contract.settings import Settings
from contract.wire import ShopclerkError
from nlu_models.serving.app import create_app
from nlu_models.settings_access import without_secret

STOP_S = 5


def main() -> int:
    """Serve until SIGINT or SIGTERM; the exit status."""
    try:
        settings = without_secret()
    except ShopclerkError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    _log(settings)
    uvicorn.run(
        create_app(settings),
        host=settings.nlu_host,
        port=settings.nlu_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_S,
    )
    return 0


def _log(settings: Settings) -> None:
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


if __name__ == "__main__":
    raise SystemExit(main())
