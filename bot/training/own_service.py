"""Starts the transformer service for the time of a training, where none answers."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bot.quiet import environment
from bot.training.nlu_service import NluService, unavailable_sentence
from contract.settings import ROOT, Settings
from contract.wire import Unavailable

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 15.0
LOCAL = ("127.0.0.1", "localhost", "::1")


@contextmanager
def running(settings: Settings, *, python: Path | None = None) -> Iterator[bool]:
    """Makes sure that a service answers; yields whether it had to be started here. Stops what it started.

    Args:
        python: of the environment in which the service runs; ``.venvs/app`` by default.

    Raises:
        Unavailable: none answers and none can be started.
    """
    service = NluService(settings.nlu_url)
    if service.is_alive():
        yield False
        return
    process = _start(settings, python or ROOT / ".venvs" / "app" / "bin" / "python")
    try:
        _wait(service, process, settings)
        yield True
    finally:
        _stop(process)


def _start(settings: Settings, python: Path) -> subprocess.Popen[bytes]:
    if urlsplit(settings.nlu_url).hostname not in LOCAL or not python.is_file():
        raise Unavailable(unavailable_sentence(settings.nlu_url))
    log = _log_file(settings)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(python), "-m", "nlu_models.serving"],
            cwd=ROOT,
            env={**environment(), "SHOPCLERK_NLU_PORT": str(urlsplit(settings.nlu_url).port or settings.nlu_port)},
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )


def _wait(service: NluService, process: subprocess.Popen[bytes], settings: Settings) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while not service.is_alive():
        if process.poll() is not None:
            raise Unavailable(
                f"The transformer service ended with status {process.returncode}; see {_log_file(settings)}."
            )
        if time.monotonic() > end:
            raise Unavailable(f"The transformer service did not start in {START_TIMEOUT_S:.0f} s.")
        time.sleep(0.2)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _log_file(settings: Settings) -> Path:
    return Path(settings.var_dir) / "logs" / "nlu_of_training.log"
