"""Runs all programs under honcho, waits until each is ready, and says which one ended and why."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from honcho.manager import Manager
from honcho.printer import Printer

from launcher.console import say
from launcher.programs import Program

READY_WITHIN_S = 120.0
INTERRUPTED = (130, 143)


class RememberingPrinter(Printer):  # type: ignore[misc]
    """Honcho's printer that also keeps the last lines of each program, to explain its end."""

    def __init__(self, output: Any) -> None:
        super().__init__(output)
        self.last_lines: dict[str, deque[str]] = {}
        self.first_to_stop: str | None = None

    def write(self, message: Any) -> None:
        text = message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else message.data
        if message.name == "system":
            if " stopped (rc=" in text and self.first_to_stop is None:
                self.first_to_stop = text.split()[0]
            return
        self.last_lines.setdefault(message.name, deque(maxlen=20)).extend(text.splitlines())
        super().write(message)

    def reason(self, name: str) -> str:
        """The most telling of the last lines: the last one that isn't part of a traceback."""
        lines = [line.strip() for line in self.last_lines.get(name, ()) if line.strip() and not line.startswith(" ")]
        return lines[-1] if lines else "it said nothing"


def supervise(programs: list[Program], environ: Mapping[str, str], on_ready: Callable[[float], None]) -> int:
    """Run until Ctrl-C or until one program ends. Returns the exit status (0 after Ctrl-C)."""
    printer = RememberingPrinter(sys.stdout)
    manager = Manager(printer)
    # A terminal that is closed ends everything too; honcho knows Ctrl-C and SIGTERM only.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    for program in programs:
        manager.add_process(program.name, f"exec {program.command}", env=dict(environ))
    watcher = threading.Thread(target=_watch, args=(programs, manager, on_ready), daemon=True)
    threading.Timer(0.5, watcher.start).start()
    manager.loop()
    if manager.returncode in INTERRUPTED:
        say("All programs have ended.")
        return 0
    name = printer.first_to_stop or "a program"
    say(f"✗ {name} ended by itself, so the others were ended too. Its last words: {printer.reason(name)}")
    return 1


def _watch(programs: list[Program], manager: Manager, on_ready: Callable[[float], None]) -> None:
    began = time.monotonic()
    waiting = list(programs)
    while waiting and manager.returncode is None:
        waiting = [program for program in waiting if not is_ready(program.ready_url)]
        if waiting and time.monotonic() - began > READY_WITHIN_S:
            names = ", ".join(f"{program.name} ({program.ready_url})" for program in waiting)
            say(f"✗ Not ready after {READY_WITHIN_S:.0f} s: {names}. Look at its lines above; the others go on.")
            return
        time.sleep(0.25)
    if manager.returncode is None:
        on_ready(time.monotonic() - began)


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own loopback addresses
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
