"""Engines and sessions: SQLite (WAL, synchronous FULL) or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from contract import sqlite
from contract.wire import InvalidInput, Unavailable

BUSY_TIMEOUT_MS = 5000
READ_ONLY = "shopclerk_read_only"


def make_engine(url: str, *, connections: int = 10) -> Engine:
    """An engine that keeps up to ``connections`` open. Nothing is opened before the first session.

    Parameters never reach an error text (personal data).

    Raises:
        InvalidInput: not a database URL, or a kind of database that we do not know.
    """
    try:
        backend = make_url(url).get_backend_name()
        if backend == "sqlite":
            return _sqlite_engine(url, connections)
        return create_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 2, "options": "-c statement_timeout=15000 -c lock_timeout=5000"},
        )
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise InvalidInput(
            "SHOPCLERK_SHOP_DATABASE_URL is no database URL that we can use: write it like "
            "postgresql://user:password@host/db, or leave it empty for SQLite."
        ) from error


def session_factory(engine: Engine, *, read_only: bool = False) -> sessionmaker[Session]:
    """Sessions of ``engine``: ``with sessions.begin() as session:`` is one transaction.

    On SQLite a writing session takes the write lock at its begin, so that two of them queue instead of failing
    half-way; a ``read_only`` one works on a snapshot and never waits. Views stay usable after the session.
    """
    options: dict[str, Any] = {READ_ONLY: True}
    if engine.dialect.name == "postgresql":
        options["postgresql_readonly"] = True
    bind = engine.execution_options(**options) if read_only else engine
    return sessionmaker(bind, expire_on_commit=False)


@contextmanager
def transaction(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """``sessions.begin()`` whose database errors are typed.

    Raises:
        Unavailable: the database does not answer, stays locked or is full; nothing was written.
    """
    try:
        with sessions.begin() as session:
            yield session
    except (DBAPIError, PoolTimeout) as error:
        raise Unavailable("The shop's database does not answer: try again in a moment.", retry_after=2) from error


def _sqlite_engine(url: str, connections: int) -> Engine:
    Path(make_url(url).database or ".").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own logic breaks savepoints
    sqlite.prepare(connection, wait_ms=BUSY_TIMEOUT_MS)


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
