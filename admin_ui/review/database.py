"""Opens the review database, makes or upgrades its tables, and keeps append-only tables append-only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from admin_ui.review.tables import Annotation, Audit, Base, Mark
from contract import sqlite
from contract.settings import Settings
from contract.wire import ShopclerkError, Unavailable

SYNC_DRIVER = "psycopg"
SCHEMA = 1
ATTEMPTS = 12
# Version n is reached from n - 1 by MIGRATIONS[n]; version 1 is create_all.
MIGRATIONS: dict[int, Callable[[Connection], None]] = {}


class Database:
    """The review database. ``session()`` is one transaction: committed, or rolled back as a whole.

    Args:
        url: an SQLAlchemy URL; a missing SQLite file is made.
    """

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        self.engine = create_engine(url, hide_parameters=True, pool_pre_ping=not url.startswith("sqlite"))
        if url.startswith("sqlite"):
            event.listen(self.engine, "connect", _prepare_sqlite)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    def migrate(self) -> None:
        """Makes what is missing. Safe to call from several programs at once.

        Raises:
            ShopclerkError: the database was made by a newer version.
            Unavailable: the database does not answer.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                Base.metadata.create_all(self.engine)
                with self.engine.begin() as connection:
                    _upgrade(connection)
                return
            except DBAPIError as error:  # another program makes the same tables, or nobody answers
                if attempt == ATTEMPTS:
                    problem = str(error.orig).splitlines()[0]
                    raise Unavailable(f"The review database does not answer: {problem}") from error
                time.sleep(0.05 * attempt)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction.

        Raises:
            Unavailable: the database does not answer, or stays locked.
        """
        with self._sessions() as session:
            try:
                yield session
                session.commit()
            except OperationalError as error:
                session.rollback()
                raise Unavailable(f"The review database does not answer: {error.orig}") from error
            except BaseException:
                session.rollback()
                raise

    def close(self) -> None:
        """Gives back every connection."""
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """The review database that the settings name, not yet upgraded."""
    return Database(settings.database_url("review", driver=SYNC_DRIVER))


def _upgrade(connection: Connection) -> None:
    found = connection.execute(select(Mark.value).where(Mark.name == "schema")).scalar_one_or_none()
    if found is None:
        connection.execute(Mark.__table__.insert().values(name="schema", value=SCHEMA))  # type: ignore[attr-defined]
        return
    if found > SCHEMA:
        raise ShopclerkError(f"The review database has version {found}, this program knows {SCHEMA}: upgrade it.")
    for version in range(found + 1, SCHEMA + 1):
        MIGRATIONS[version](connection)
        connection.execute(Mark.__table__.update().where(Mark.name == "schema").values(value=version))  # type: ignore[attr-defined]


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    sqlite.prepare(connection)


def _refuse(_mapper: Any, _connection: Any, row: Any) -> None:
    raise ShopclerkError(f"{type(row).__name__} {row.id} is append-only: write a new row instead.")


for _kind in (Annotation, Audit):
    event.listen(_kind, "before_update", _refuse)
    event.listen(_kind, "before_delete", _refuse)
