"""What was recommended in conversations, and whether it was taken up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from actions.db.models.base import Base


class ShownRecommendation(Base):
    """One product on one place of one answer; no word of the message.

    ``turn`` counts the shopper's messages, ``place`` the products of the answer from 0. ``arm`` is the signal that put
    it there, ``is_learned`` whether the bandit chose that signal, ``reason`` the kind of reason that was given, and
    ``context`` what the bandit knew. ``customer_id`` is None while nobody has proved who they are. Whether it was
    bought is told by the orders.
    """

    __tablename__ = "shown_recommendations"
    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id", "place"),
        Index(None, "customer_id", "product_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(128))
    message_id: Mapped[str] = mapped_column(String(128))
    turn: Mapped[int]
    place: Mapped[int]
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    arm: Mapped[str] = mapped_column(String(16))
    is_learned: Mapped[bool] = mapped_column(default=False, server_default=false())
    reason: Mapped[str] = mapped_column(String(16))
    context: Mapped[dict[str, Any]]
    shown_at: Mapped[datetime] = mapped_column(index=True)
    asked_at: Mapped[datetime | None]  # a button of its card, its link, or a question about it
