"""Reads Rasa's tracker store: the table ``events``, and never writes to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text, create_engine, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from contract.conversation import ERASED
from contract.wire import NotFound, Unavailable

EVENTS = Table(
    "events",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255)),
    Column("type_name", String(255)),
    Column("timestamp", Float),
    Column("intent_name", String(255)),
    Column("action_name", String(255)),
    Column("data", Text),
)


@dataclass(frozen=True)
class EventRow:
    """A row as Rasa stored it; ``data`` is JSON text that may be broken."""

    id: int
    sender_id: str
    type_name: str
    timestamp: float
    data: str


class TrackerReader:
    """Read-only access.

    Args:
        url: an SQLAlchemy URL. An SQLite file that is not there yet counts as empty and is not made.
    """

    def __init__(self, url: str) -> None:
        self._path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
        if self._path is not None:
            url = f"sqlite:///file:{self._path}?mode=ro&uri=true"
        self._engine = create_engine(url, hide_parameters=True, pool_pre_ping=self._path is None)
        self._has_table = False

    def after(self, event_id: int, *, limit: int = 1000) -> list[EventRow]:
        """The next rows by id.

        Raises:
            Unavailable: the tracker store does not answer.
        """
        return self._rows(select(EVENTS).where(EVENTS.c.id > event_id).order_by(EVENTS.c.id).limit(limit))

    def erased_after(self, event_id: int, *, limit: int = 1000) -> list[EventRow]:
        """The next rows that say of a conversation that it was erased: nothing else is left of it.

        Raises:
            Unavailable: the tracker store does not answer.
        """
        query = select(EVENTS).where(EVENTS.c.type_name == ERASED, EVENTS.c.id > event_id)
        return self._rows(query.order_by(EVENTS.c.id).limit(limit))

    def last_id(self) -> int:
        """The highest event id, 0 where there is none."""
        for value in self._query(select(func.max(EVENTS.c.id))):
            return int(value[0] or 0)
        return 0

    def raw_text(self, event_id: int) -> str:
        """What a shopper wrote, unmasked: only for a person who may see it, and only after it was audited.

        Raises:
            NotFound: no such event, for example because it was deleted.
        """
        for row in self._rows(select(EVENTS).where(EVENTS.c.id == event_id)):
            try:
                data = json.loads(row.data)
            except ValueError:
                break
            if isinstance(data, dict) and isinstance(data.get("text"), str):
                return str(data["text"])
        raise NotFound(f"The tracker store no longer has the text of event {event_id}.")

    def close(self) -> None:
        """Gives back every connection."""
        self._engine.dispose()

    def _rows(self, query: Any) -> list[EventRow]:
        return [
            EventRow(row.id, str(row.sender_id), str(row.type_name), float(row.timestamp or 0.0), row.data or "")
            for row in self._query(query)
        ]

    def _query(self, query: Any) -> Iterator[Any]:
        if not self._ready():
            return
        try:
            with self._engine.connect() as connection:
                yield from connection.execute(query).fetchall()
        except SQLAlchemyError as error:
            raise Unavailable(f"Rasa's tracker store does not answer: {_short(error)}") from error

    def _ready(self) -> bool:
        if self._path is not None and not self._path.is_file():
            return False
        try:
            self._has_table = self._has_table or inspect(self._engine).has_table("events")
        except SQLAlchemyError as error:
            raise Unavailable(f"Rasa's tracker store does not answer: {_short(error)}") from error
        return self._has_table


def _short(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0][:200]
