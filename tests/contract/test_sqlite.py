"""Opening a SQLite file."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract import sqlite


def test_many_may_open_a_new_file_at_once(tmp_path):
    """Without patience in ``prepare`` about one round in ten fails with "database is locked"."""

    def open_and_write(path, start):
        start.wait()
        connection = sqlite3.connect(path)
        try:
            sqlite.prepare(connection)
            connection.execute("CREATE TABLE IF NOT EXISTS seen (number)")
            return connection.execute("PRAGMA journal_mode").fetchone()[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for round_ in range(40):
            path, start = tmp_path / f"{round_}.db", threading.Barrier(4)
            assert list(pool.map(open_and_write, [path] * 4, [start] * 4)) == ["wal"] * 4


def test_a_file_that_stays_locked_is_given_up_in_time(tmp_path):
    owner, late = (sqlite3.connect(tmp_path / "shop.db") for _ in range(2))
    owner.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        sqlite.prepare(late, wait_ms=50)
    owner.close()
    late.close()
