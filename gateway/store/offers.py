"""What buttons stand for: payloads by the hash of the token that a client was shown."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from gateway.store.tables import offers as table


@dataclass(frozen=True)
class Offer:
    token_hash: str
    conversation_id: str
    title: str
    payload: str
    expires_at: float


def add(db: Connection, offers: list[Offer]) -> None:
    if offers:
        db.execute(insert(table), [vars(offer) for offer in offers])


def find(db: Connection, *, token_hash: str, conversation_id: str, now: float) -> Offer | None:
    query = select(table).where(
        table.c.token_hash == token_hash, table.c.conversation_id == conversation_id, table.c.expires_at > now
    )
    row = db.execute(query).one_or_none()
    return None if row is None else Offer(**row._mapping)


def delete_expired(db: Connection, *, now: float) -> int:
    return db.execute(delete(table).where(table.c.expires_at <= now)).rowcount
