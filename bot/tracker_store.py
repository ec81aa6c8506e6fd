"""Conversations in SQL: Rasa's table and events, without the ways in which Rasa's own store loses messages.

What differs from ``SQLTrackerStore``: connections are kept, SQLite runs in WAL mode, queries run in a thread so
that no other conversation waits, a failure is ``Unavailable`` (never ``sys.exit``, never a store in memory), a
broken row is left out instead of ending the process, and a session begins where its ``session_started`` event
was written, whatever the clock said. Of a long session only what a turn needs is read.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.recent import read_recent, slots_set
from bot.serving.events import ConversationErased  # Rasa finds our event classes once they are imported
from bot.settings_access import without_secret
from contract import sqlite
from contract.wire import InvalidInput, Unavailable

logger = logging.getLogger(__name__)
T = TypeVar("T")
EVENTS = SQLTrackerStore.SQLEvent.__table__
WAIT_MS = 1200
POSTGRESQL_CONNECTIONS = 8
_STORED, _BEFORE = "_shopclerk_stored_events", "_shopclerk_messages_before"
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class ShopclerkTrackerStore(SQLTrackerStore):
    """The tracker store of one Rasa process.

    Raises:
        Unavailable: by every method, where the database does not answer in about a second.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        **_: Any,
    ) -> None:
        """``host`` is a database URL; None means the one of the settings."""
        TrackerStore.__init__(self, domain, event_broker)
        url = host or without_secret().database_url("tracker", driver="psycopg2")
        self._is_sqlite = url.startswith("sqlite")
        self.engine = _engine(url)
        # SQLite has one writer anyway; one thread with one connection spares every lock between our own.
        self._threads = ThreadPoolExecutor(1 if self._is_sqlite else POSTGRESQL_CONNECTIONS, "tracker-store")
        self._threads.submit(self._guarded, self._create_tables).result()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The recent part of the conversation's latest session, with its slots; None where there is none."""
        return await self._in_thread(self._load_recent, sender_id)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """All sessions of the conversation."""
        return await self._in_thread(self._load, conversation_id)

    async def keys(self) -> Iterable[str]:
        """Every conversation's sender id."""
        return await self._in_thread(self._keys)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Appends what is new in ``tracker``, in one transaction.

        Raises:
            InvalidInput: a text holds a NUL character, which PostgreSQL cannot store.
        """
        await self._in_thread(self._append, tracker)

    async def erase(self, conversation_id: str) -> None:
        """Deletes every event of the conversation and leaves one that says so. Twice is the same as once.

        Whoever calls sees to it that nobody else has the conversation's tracker in hand, to save it afterwards.
        """
        await self._in_thread(self._erase, conversation_id)

    def close(self) -> None:
        """Waits for what is being written and gives back every connection."""
        self._threads.shutdown(wait=True)
        self.engine.dispose()

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._guarded, function, *arguments)

    def _guarded(self, function: Callable[..., T], *arguments: Any) -> T:
        try:
            return function(*arguments)
        except sa.exc.SQLAlchemyError as error:
            self.engine.dispose()
            reason = str(getattr(error, "orig", None) or error).splitlines()[0][:200]
            raise Unavailable(f"The tracker store does not answer: {reason}", retry_after=1.0) from error

    def _create_tables(self) -> None:
        with self.engine.begin() as connection:
            EVENTS.create(connection, checkfirst=True)
            connection.execute(
                sa.text("CREATE INDEX IF NOT EXISTS ix_events_sender_type ON events (sender_id, type_name, id)")
            )

    def _load_recent(self, sender_id: str) -> DialogueStateTracker | None:
        session = (*_said_in(sender_id), EVENTS.c.id >= _session_start(sender_id))
        with self.engine.connect() as connection:
            found = read_recent(connection, EVENTS, *session)
        tracker = self._tracker(sender_id, [*slots_set(_read_all(found.setters)), *_read_all(found.rows)])
        if tracker is not None:
            setattr(tracker, _BEFORE, found.messages_before)
        return tracker

    def _load(self, sender_id: str, *conditions: Any) -> DialogueStateTracker | None:
        query = sa.select(EVENTS.c.id, EVENTS.c.data).where(*_said_in(sender_id), *conditions)
        with self.engine.connect() as connection:
            rows = connection.execute(query.order_by(EVENTS.c.id)).fetchall()
        return self._tracker(sender_id, _read_all(rows))

    def _tracker(self, sender_id: str, events: list[Event]) -> DialogueStateTracker | None:
        if not events:
            return None
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        setattr(tracker, _STORED, len(events))
        return tracker

    def _keys(self) -> list[str]:
        with self.engine.connect() as connection:
            return [row[0] for row in connection.execute(sa.select(EVENTS.c.sender_id).distinct())]

    def _append(self, tracker: DialogueStateTracker) -> None:
        events = list(tracker.events)
        rows = [_row(tracker.sender_id, event) for event in events[self._stored(tracker) :]]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(EVENTS.insert(), rows)
        setattr(tracker, _STORED, len(events))

    def _erase(self, sender_id: str) -> None:
        mine = EVENTS.c.sender_id == sender_id
        with self.engine.begin() as connection:
            kinds = {row[0] for row in connection.execute(sa.select(EVENTS.c.type_name).where(mine).distinct())}
            if kinds == {ConversationErased.type_name}:
                return
            # Written before the others go: SQLite would give their ids again, and the review store reads by id.
            left = connection.execute(EVENTS.insert(), _row(sender_id, ConversationErased())).inserted_primary_key[0]
            connection.execute(EVENTS.delete().where(mine, EVENTS.c.id != left))

    def _stored(self, tracker: DialogueStateTracker) -> int:
        """How many of the tracker's events are rows already."""
        known = getattr(tracker, _STORED, None)
        if known is not None:
            return int(known)
        stored = self._load(tracker.sender_id, EVENTS.c.id >= _session_start(tracker.sender_id))
        return len(stored.events) if stored else 0


def messages_before(tracker: DialogueStateTracker) -> int:
    """How many messages of the shopper stand in the tracker's session before what was read of it."""
    return int(getattr(tracker, _BEFORE, 0))


def _engine(url: str) -> sa.engine.Engine:
    if not url.startswith("sqlite"):
        options = f"-c statement_timeout={WAIT_MS} -c lock_timeout={WAIT_MS}"
        arguments = {"connect_timeout": 2, "options": options}
        return sa.create_engine(
            url,
            pool_size=POSTGRESQL_CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args=arguments,
        )
    path = url.partition("sqlite:///")[2]
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, poolclass=sa.pool.StaticPool, hide_parameters=True, connect_args={"check_same_thread": False}
    )
    sa.event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    sqlite.prepare(connection, synchronous="NORMAL", wait_ms=WAIT_MS)


def _session_start(sender_id: str) -> Any:
    start = sa.select(sa.func.max(EVENTS.c.id)).where(
        EVENTS.c.sender_id == sender_id, EVENTS.c.type_name == SessionStarted.type_name
    )
    return sa.func.coalesce(start.scalar_subquery(), 0)


def _said_in(sender_id: str) -> tuple[Any, ...]:
    return EVENTS.c.sender_id == sender_id, EVENTS.c.type_name != ConversationErased.type_name


_event_class = functools.cache(Event.resolve_by_type)  # Rasa walks through all of its classes for each event


def _read_all(rows: Iterable[Any]) -> list[Event]:
    return [event for event in (_read(row.id, row.data) for row in rows) if event is not None]


def _read(event_id: int, data: str) -> Event | None:
    try:
        parameters = json.loads(data)
        return _event_class(parameters["event"])._from_parameters(parameters)
    except Exception as error:
        # Whatever is wrong with one row, the conversation goes on without it.
        logger.error("Event %s of the tracker store is broken and left out (%s).", event_id, type(error).__name__)
        return None


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": ((data.get("parse_data") or {}).get("intent") or {}).get("name"),
        "action_name": data.get("name"),
        "data": storable(data),
    }


def storable(data: Any) -> str:
    """``data`` as a JSON text that every database takes.

    Raises:
        InvalidInput: it holds a NUL character, or a number that JSON does not have.
    """
    try:
        text = json.dumps(data, allow_nan=False)
    except ValueError as error:
        raise InvalidInput("A message must not hold NaN or infinity.") from error
    if _NUL.search(text):
        raise InvalidInput("A message must not hold NUL characters.")
    return text
