"""What comes after the sale: returns, refunds, invoices, tickets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from actions.db.models.base import Base
from actions.db.models.customers import PaymentMethod


class Return(Base):
    """``state``: requested, received or refunded. ``lines`` are the order lines that come back.

    ``refund_minor`` goes back to ``payment_method_id`` when they have arrived; None where that was not agreed.
    """

    __tablename__ = "returns"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    lines: Mapped[list[int]]
    refund_minor: Mapped[int | None]
    payment_method_id: Mapped[str | None] = mapped_column(ForeignKey("payment_methods.id"))
    requested_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]

    payment_method: Mapped[PaymentMethod | None] = relationship()


class Refund(Base):
    """Money that goes back. ``state``: pending or paid; ``cause``: cancellation, return, items, exchange or payment.

    An order has at most one refund per cause and payment method, whatever the code does.
    """

    __tablename__ = "refunds"
    __table_args__ = (UniqueConstraint("order_id", "cause", "payment_method_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    payment_method_id: Mapped[str | None] = mapped_column(ForeignKey("payment_methods.id"))
    cause: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    requested_at: Mapped[datetime | None]
    expected_by: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]

    payment_method: Mapped[PaymentMethod | None] = relationship()


class Invoice(Base):
    """One per order, numbered within its year: ``INV-2026-00417``."""

    __tablename__ = "invoices"

    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), unique=True)
    total_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    issued_at: Mapped[datetime]


class Ticket(Base):
    """Something that a person must finish. ``status``: open, answered or closed. ``photos``: ids, which the gateway
    knows."""

    __tablename__ = "tickets"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(128), index=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    email: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime]
    photos: Mapped[list[str] | None]


class PromoCode(Base):
    """``code`` in capitals. Takes ``percent`` or ``amount_minor`` off an order of at least ``min_total_minor``.

    None: no such limit. ``uses_left`` counts down as orders use it.
    """

    __tablename__ = "promo_codes"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    percent: Mapped[int | None]
    amount_minor: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3))
    min_total_minor: Mapped[int | None]
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    uses_left: Mapped[int | None]
    once_per_customer: Mapped[bool]


class PromoUse(Base):
    """An order that used a code."""

    __tablename__ = "promo_uses"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    code: Mapped[str] = mapped_column(ForeignKey("promo_codes.code"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
