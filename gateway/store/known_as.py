"""Whom the shopper of a conversation was proved to be, kept after a pause has made them anonymous again: so that all
that was said under a name can be found when it must be erased."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, insert, literal, or_, select

from gateway.store.tables import conversations
from gateway.store.tables import known_as as table

CUSTOMER, ORDER = "customer", "order"


def note(
    db: Connection, conversation_id: str, *, customers: Iterable[str | None] = (), orders: Iterable[str] = ()
) -> None:
    """Adds what is not noted yet."""
    rows = [(CUSTOMER, value) for value in customers if value] + [(ORDER, value) for value in orders]
    for kind, value in dict.fromkeys(rows):
        is_it = and_(table.c.conversation_id == conversation_id, table.c.kind == kind, table.c.value == value)
        is_new = ~select(table).where(is_it).exists()
        new = select(literal(conversation_id), literal(kind), literal(value)).where(is_new)
        db.execute(insert(table).from_select(["conversation_id", "kind", "value"], new))


def conversations_of(db: Connection, *, customer_id: str, order_ids: Iterable[str]) -> list[str]:
    """Ids of the conversations in which somebody was this customer, or knew one of these orders."""
    is_customer = and_(table.c.kind == CUSTOMER, table.c.value == customer_id)
    has_order = and_(table.c.kind == ORDER, table.c.value.in_(list(order_ids)))
    return list(db.execute(select(table.c.conversation_id).where(or_(is_customer, has_order)).distinct()).scalars())


def adopt(db: Connection) -> None:
    """Notes whom a gateway without this table had known."""
    held: Any = conversations.c
    has_identity = or_(
        held.customer_id.is_not(None), held.pending_customer_id.is_not(None), held.identified_orders != "[]"
    )
    is_noted = select(table.c.value).where(table.c.conversation_id == held.id).exists()
    columns = (held.id, held.customer_id, held.pending_customer_id, held.identified_orders)
    for row in db.execute(select(*columns).where(has_identity, ~is_noted)).all():
        customers = (row.customer_id, row.pending_customer_id)
        note(db, row.id, customers=customers, orders=json.loads(row.identified_orders))
