"""Brings the shop's database to the newest schema, by the migrations that lie beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from contract.wire import ShopclerkError, Unavailable

LOCK = 5_410_277  # any number that nobody else on the PostgreSQL server uses for an advisory lock
FOLDER = Path(__file__).with_name("migrations")


def upgrade(engine: Engine, revision: str = "head") -> tuple[str | None, str | None]:
    """The revisions before and after. Safe to call from several programs at once.

    Raises:
        ShopclerkError: the database was made by a newer version.
        Unavailable: the database does not answer, or refuses.
    """
    try:
        with _connection(engine) as connection, connection.begin():
            return _upgrade(connection, revision)
    except DBAPIError as error:
        reason = (str(error.orig).splitlines() or [""])[0]
        raise Unavailable(
            f"The shop's database cannot be used ({reason}). Is it running, and is SHOPCLERK_SHOP_DATABASE_URL right?"
        ) from error


@contextmanager
def _connection(engine: Engine) -> Iterator[Connection]:
    """A connection for migrations. SQLite can change a table only by making it anew, which foreign keys would not
    survive: they rest meanwhile, and are set for the connections to come by ``contract.sqlite``."""
    with engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            yield connection
            return
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
        try:
            yield connection
        finally:
            raw.execute("PRAGMA foreign_keys=ON")  # type: ignore[attr-defined]


def _upgrade(connection: Connection, revision: str) -> tuple[str | None, str | None]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    before = current(connection)
    try:
        command.upgrade(config(connection), revision)
    except CommandError as error:
        raise ShopclerkError(
            f"The shop's database has revision {before}, which this program does not know: start the newer version."
        ) from error
    return before, current(connection)


def current(connection: Connection) -> str | None:
    """The revision of the database; None where it has no tables yet."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The revision that this program knows as the newest."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def config(connection: Connection) -> Config:
    """Alembic's configuration for a connection whose transaction is already open."""
    result = Config()
    result.set_main_option("script_location", str(FOLDER))
    result.attributes["connection"] = connection
    return result
