"""Makes the schema and brings an older one up to date, at every start."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from contract.wire import Unavailable
from gateway.store import handoffs, known_as
from gateway.store.tables import conversations, metadata, schema_version

VERSION = 1


def upgrade(db: Connection) -> None:
    """Makes what is missing.

    Raises:
        Unavailable: the database was written by a newer gateway.
    """
    metadata.create_all(db)
    for index in conversations.indexes:  # of a table that an older gateway made
        index.create(db, checkfirst=True)
    found = db.execute(select(schema_version.c.version)).scalar()
    if found is None:
        db.execute(insert(schema_version), {"version": VERSION})
    elif found > VERSION:
        raise Unavailable(
            f"The gateway database has schema {found}, this gateway knows {VERSION}: start the newer version."
        )
    handoffs.adopt(db)
    known_as.adopt(db)
