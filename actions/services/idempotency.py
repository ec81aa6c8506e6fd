"""A change is made once, however often it is asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import IdempotencyRow
from contract.wire import Conflict, from_json, to_json

T = TypeVar("T")


@dataclass(frozen=True)
class IdempotencyKey:
    """One request: ``message_id`` is the gateway's id of the shopper's message, ``action`` the Rasa action."""

    conversation_id: str
    message_id: str
    action: str


def once(session: Session, key: IdempotencyKey, fn: Callable[[], T], *, kind: type[T], request: Any = None) -> T:
    """The result of ``fn``, or what it gave when this key was first used. Same transaction as ``fn``'s changes.

    Whoever comes second with the same key waits for the first one's transaction. If ``fn`` raises, its changes
    and the key are taken back (to a savepoint), so that the same request may be tried again.

    Args:
        fn: makes the change; runs at most once for a key that committed.
        kind: the dataclass (of JSON values) that ``fn`` returns, to read the stored result back.
        request: JSON values that say what is asked; the same key with others is refused.

    Raises:
        Conflict: the key was used for something else.
    """
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
    with session.begin_nested():
        if not _claim(session, key, digest):
            return from_json(kind, _stored(session, key, digest))
        result = fn()
        session.flush()
        session.execute(update(IdempotencyRow).where(*_where(key)).values(result=to_json(result)))
        return result


def _claim(session: Session, key: IdempotencyKey, digest: str) -> bool:
    """True if the key is new. On PostgreSQL this waits for another transaction that holds the same key."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(IdempotencyRow)
        .values(
            conversation_id=key.conversation_id,
            message_id=key.message_id,
            action=key.action,
            request_digest=digest,
            created_at=utc_now(),
        )
        .on_conflict_do_nothing()
        .returning(IdempotencyRow.action)
    )
    return session.execute(statement).first() is not None


def _stored(session: Session, key: IdempotencyKey, digest: str) -> Any:
    row = session.execute(select(IdempotencyRow.request_digest, IdempotencyRow.result).where(*_where(key))).one()
    if row.request_digest != digest:
        raise Conflict("This message was already used for another request: please send a new one.")
    return row.result


def _where(key: IdempotencyKey) -> tuple[Any, ...]:
    return (
        IdempotencyRow.conversation_id == key.conversation_id,
        IdempotencyRow.message_id == key.message_id,
        IdempotencyRow.action == key.action,
    )
