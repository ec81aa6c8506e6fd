"""Keys of machines that use the REST API. Only their hashes are kept."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from contract.wire import Conflict
from gateway.store.tables import api_keys as table


@dataclass(frozen=True)
class ApiKey:
    id: str
    name: str
    key_hash: str
    created_at: float
    revoked_at: float | None


def add(db: Connection, *, name: str, key_hash: str, now: float) -> None:
    """
    Raises:
        Conflict: there is a key of this name.
    """
    if db.execute(select(table.c.id).where(table.c.name == name)).first():
        raise Conflict(f"There is a key named {name!r} already.")
    db.execute(insert(table), {"id": str(uuid.uuid4()), "name": name, "key_hash": key_hash, "created_at": now})


def find(db: Connection, key_hash: str) -> ApiKey | None:
    """A key that is valid."""
    query = select(table).where(table.c.key_hash == key_hash, table.c.revoked_at.is_(None))
    row = db.execute(query).one_or_none()
    return None if row is None else ApiKey(**row._mapping)


def every(db: Connection) -> list[ApiKey]:
    return [ApiKey(**row._mapping) for row in db.execute(select(table).order_by(table.c.created_at))]


def revoke(db: Connection, name: str, *, now: float) -> bool:
    statement = update(table).where(table.c.name == name, table.c.revoked_at.is_(None)).values(revoked_at=now)
    return db.execute(statement).rowcount == 1
