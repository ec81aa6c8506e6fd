"""The one way in which our programs open a SQLite file: readers and one writer at once, and durable commits."""

from __future__ import annotations

import sqlite3
import time

PAUSE_S = 0.005


def prepare(connection: sqlite3.Connection, *, synchronous: str = "FULL", wait_ms: int = 5000) -> None:
    """Sets a new connection up: WAL mode, foreign keys checked, deleted rows overwritten.

    Args:
        connection: fresh from the driver, no transaction open.
        synchronous: ``FULL`` (a commit survives a power cut) or ``NORMAL`` (it survives the program's end).
        wait_ms: how long a statement waits for another program's lock.

    Raises:
        sqlite3.OperationalError: the file cannot be opened, is read-only, or stays locked for ``wait_ms``.
    """
    connection.execute(f"PRAGMA busy_timeout={wait_ms:d}")
    _use_wal(connection, time.monotonic() + wait_ms / 1000)
    for pragma in (f"synchronous={synchronous}", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection, deadline: float) -> None:
    # SQLite does not wait for this one: two programs that open a new file at once get "locked" without delay.
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(PAUSE_S)
