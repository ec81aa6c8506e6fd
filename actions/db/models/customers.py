"""Customers, their addresses, and how they pay (masked: no full number is ever stored)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from actions.db.models.base import Base, FromSomewhere


class Customer(FromSomewhere, Base):
    """``email`` is in lower case and unique. ``created_at`` is None where an import does not tell it.

    ``kind``: private or business. ``erased_at`` is set when the account was deleted: then the row holds no personal
    data any more, and is kept for the orders that tax law keeps.
    """

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(16), default="private", server_default="private")
    newsletter: Mapped[bool] = mapped_column(default=False, server_default=false())
    erased_at: Mapped[datetime | None]

    addresses: Mapped[list[Address]] = relationship(order_by="Address.id")
    payment_methods: Mapped[list[PaymentMethod]] = relationship(order_by="PaymentMethod.id")


class Address(Base):
    """``zip_code`` as the customer writes it. Orders go to the one that ``is_default``, or else to the first."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    line1: Mapped[str] = mapped_column(String(200))
    line2: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(100), default="")
    zip_code: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(60))
    is_default: Mapped[bool] = mapped_column(default=False, server_default=false())


class AccountChange(Base):
    """What a customer changed of the account in the chat. ``kind`` as in ``actions.services.accounts``.

    ``details`` say from what to what, so that an import sees whether the shop knows of it already.
    """

    __tablename__ = "account_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    details: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class PaymentMethod(Base):
    """``kind``: credit_card, paypal or gift_card. ``last_four`` is all that is kept of a number."""

    __tablename__ = "payment_methods"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    brand: Mapped[str | None] = mapped_column(String(30))
    last_four: Mapped[str | None] = mapped_column(String(4))

    gift_card: Mapped[GiftCard | None] = relationship()


class GiftCard(Base):
    """The balance behind a payment method of the kind ``gift_card``.

    ``imported_minor`` is what the last import said, so that the next one can tell whether the shop changed it.
    """

    __tablename__ = "gift_cards"
    __table_args__ = (CheckConstraint("balance_minor >= 0", name="balance"),)

    payment_method_id: Mapped[str] = mapped_column(ForeignKey("payment_methods.id"), primary_key=True)
    balance_minor: Mapped[int]
    imported_minor: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3))
