"""What the admin UI does while nobody has it open: conversations that were erased go from the review store, too."""

from __future__ import annotations

import sys
import threading

from admin_ui.review.database import SYNC_DRIVER, open_database
from admin_ui.review.erasing import Eraser
from admin_ui.review.tracker import TrackerReader
from contract.settings import Settings
from contract.wire import ShopclerkError

EVERY_S = 60.0


class Keeper(threading.Thread):
    """Runs until the program ends, or ``stop`` is called."""

    def __init__(self, settings: Settings, *, every_s: float = EVERY_S) -> None:
        super().__init__(name="keeper", daemon=True)
        tracker = TrackerReader(settings.database_url("tracker", driver=SYNC_DRIVER))
        self._eraser, self._every_s = Eraser(open_database(settings), tracker), every_s
        self._stopping = threading.Event()
        self._problem: str | None = None

    def run(self) -> None:
        while not self._stopping.is_set():
            self._keep()
            self._stopping.wait(self._every_s)

    def stop(self) -> None:
        self._stopping.set()
        self.join()

    def _keep(self) -> None:
        """What goes wrong is said once, and tried again."""
        problem = None
        try:
            self._eraser.run()
        except ShopclerkError as error:
            problem = error.message
        except Exception as error:
            problem = type(error).__name__
        if problem and problem != self._problem:
            sys.stderr.write(f"Erased conversations are still in the review store: {problem}\n")
        self._problem = problem
