"""What keeps changes exact and identities safe: keys, codes, failed tries, the outbox; and interactions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from actions.db.models.base import Base


class IdempotencyRow(Base):
    """A request that was carried out, and its result. Written in the transaction of the change."""

    __tablename__ = "idempotency_keys"

    conversation_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    action: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_digest: Mapped[str] = mapped_column(String(64))
    result: Mapped[Any | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Erasure(Base):
    """An account that was deleted, and whose conversations the gateway must still hear of. Written in the transaction
    that deletes it; the row goes when the gateway has noted it."""

    __tablename__ = "erasures"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    at: Mapped[datetime]


class OneTimeCode(Base):
    """A code that was sent, as a salted scrypt hash. ``customer_id`` None: the address is nobody's."""

    __tablename__ = "one_time_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(128), index=True)
    email_digest: Mapped[str] = mapped_column(String(64), index=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    salt: Mapped[str] = mapped_column(String(32))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]  # used, or replaced by a newer one


class Attempt(Base):
    """Something that is limited in number: a failed look-up of an order, an invoice sent, a ticket opened."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "kind", "subject", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(160))
    at: Mapped[datetime]


class OutboxMail(Base):
    """A mail to be sent. ``state``: pending, sent or failed. ``message_id`` is the mail's Message-ID header."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(128), unique=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default="pending")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(300))


class Interaction(Base):
    """``kind``: view, cart, purchase or rating (``value`` 1 to 5). ``at`` None where it is not known."""

    __tablename__ = "interactions"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[float | None]
    at: Mapped[datetime | None]


class Mark(Base):
    """A fact about the database itself, such as which demo shop was put in."""

    __tablename__ = "marks"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
