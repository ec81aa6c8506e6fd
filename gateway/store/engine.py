"""Engines for the gateway database: SQLite (WAL, synchronous FULL) or PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

from contract import sqlite

BUSY_TIMEOUT_MS = 1500


def make_engine(url: str, *, connections: int) -> Engine:
    """An engine that keeps ``connections`` open. Parameters never reach an error text (personal data)."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 2, "options": "-c statement_timeout=5000 -c lock_timeout=2000"},
        )
    Path(make_url(url).database or ".").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def begin_immediate(engine: Engine) -> None:
    """Makes every transaction of a SQLite engine take the write lock at its begin, not at its first write."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))


def begin_deferred(engine: Engine) -> None:
    """Makes every transaction of a SQLite engine a consistent snapshot for reading."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own logic breaks savepoints
    sqlite.prepare(connection, wait_ms=BUSY_TIMEOUT_MS)
