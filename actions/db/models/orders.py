"""Orders with their items, payments, parcels and what the carrier said about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from actions.db.models.base import Base, FromSomewhere
from actions.db.models.catalog import Product
from actions.db.models.customers import Customer, PaymentMethod

STATUSES = (
    "pending",
    "processed",
    "shipped",
    "delivered",
    "cancelled",
    "exchange_requested",
    "return_requested",
    "returned",
    "refunded",
)
_STATUS_LIST = ", ".join(f"'{status}'" for status in STATUSES)


class Order(FromSomewhere, Base):
    """The address is a copy of what it was when the order was placed. ``promised_at``: when it should arrive."""

    __tablename__ = "orders"
    __table_args__ = (CheckConstraint(f"status IN ({_STATUS_LIST})", name="status"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    placed_at: Mapped[datetime | None]
    promised_at: Mapped[datetime | None]
    total_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    ship_line1: Mapped[str] = mapped_column(String(200))
    ship_line2: Mapped[str] = mapped_column(String(200), default="")
    ship_city: Mapped[str] = mapped_column(String(100))
    ship_state: Mapped[str] = mapped_column(String(100), default="")
    ship_zip: Mapped[str] = mapped_column(String(20))
    ship_country: Mapped[str] = mapped_column(String(60))
    payment_method_id: Mapped[str | None] = mapped_column(ForeignKey("payment_methods.id"))
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    cancelled_by: Mapped[str | None] = mapped_column(String(16))  # chat or shop

    customer: Mapped[Customer] = relationship()
    payment_method: Mapped[PaymentMethod | None] = relationship()
    items: Mapped[list[OrderItem]] = relationship(order_by="OrderItem.line")
    payments: Mapped[list[Payment]] = relationship(order_by="Payment.id")
    shipments: Mapped[list[Shipment]] = relationship(order_by="Shipment.id")


class OrderItem(Base):
    """A copy of what was bought: name, options and price stay when the catalogue changes."""

    __tablename__ = "order_items"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str | None] = mapped_column(ForeignKey("products.id"), index=True)
    variant_id: Mapped[str | None] = mapped_column(ForeignKey("variants.id"))
    name: Mapped[str] = mapped_column(String(120))
    options: Mapped[dict[str, str]]
    quantity: Mapped[int]
    unit_price_minor: Mapped[int]

    product: Mapped[Product | None] = relationship()


class Payment(Base):
    """Money for an order. ``paid_at`` is None where it is not paid yet, or where an import does not tell it.

    ``state``: paid; due (the shop's payment provider must still collect it); void (it never will); replaced (paid, and
    sent back because another method pays now).
    """

    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    payment_method_id: Mapped[str | None] = mapped_column(ForeignKey("payment_methods.id"))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(8), default="paid", server_default="paid")
    paid_at: Mapped[datetime | None]

    payment_method: Mapped[PaymentMethod | None] = relationship()


class OrderChange(Base):
    """What a shopper changed in the chat. ``kind``: items, quantity, address, payment or exchange.

    ``details`` say from what to what. ``status_before`` is the order's status before it, by which an import sees
    whether the shop knows of it already.
    """

    __tablename__ = "order_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    details: Mapped[dict[str, Any]]
    status_before: Mapped[str] = mapped_column(String(20))
    made_at: Mapped[datetime]


class Shipment(Base):
    """A parcel. ``lines`` are the order lines in it. Carrier and times are None where they are not known."""

    __tablename__ = "shipments"
    __table_args__ = (UniqueConstraint("order_id", "tracking_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    carrier: Mapped[str | None] = mapped_column(String(60))
    tracking_number: Mapped[str] = mapped_column(String(60), index=True)
    lines: Mapped[list[int]]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]

    events: Mapped[list[TrackingEventRow]] = relationship(order_by="TrackingEventRow.at.desc()")


class ParcelNews(Base):
    """What the customer was told by mail without asking. ``kind``: late or delivered, each once for an order."""

    __tablename__ = "parcel_news"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    told_at: Mapped[datetime]


class TrackingEventRow(Base):
    """What the carrier said: ``text`` at ``place``."""

    __tablename__ = "tracking_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipments.id"), index=True)
    at: Mapped[datetime]
    place: Mapped[str | None] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(String(200))
