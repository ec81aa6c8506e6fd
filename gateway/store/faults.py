"""Turns that failed: what became of the number that the shopper was given."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert

from gateway.store.tables import faults as table


@dataclass(frozen=True)
class Fault:
    """``cause``: unreachable, deadline, empty, garbage, failed_action, breaker_open, status_500 and the like."""

    ticket_id: str
    cause: str
    action: str | None = None


def add(db: Connection, fault: Fault, *, conversation_id: str, message_id: str, now: float) -> None:
    values = {"ticket_id": fault.ticket_id, "cause": fault.cause[:64], "action": (fault.action or "")[:100] or None}
    db.execute(insert(table), {**values, "conversation_id": conversation_id, "message_id": message_id, "at": now})
