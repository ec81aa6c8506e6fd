"""Categories, products, variants with stock, and who waits for stock."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from actions.db.models.base import Base, FromSomewhere


class Category(Base):
    """``keywords`` are further words for the category, such as ``apparel`` for clothing."""

    __tablename__ = "categories"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    keywords: Mapped[list[str]]


class Product(FromSomewhere, Base):
    """``details``: material, care, use, fit and the like. ``keywords``: other names for the product."""

    __tablename__ = "products"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    category_id: Mapped[str | None] = mapped_column(ForeignKey("categories.id"), index=True)
    description: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, str]]
    keywords: Mapped[list[str]]
    url: Mapped[str | None] = mapped_column(String(300))
    image_url: Mapped[str | None] = mapped_column(String(300))
    rating: Mapped[float | None]
    is_active: Mapped[bool] = mapped_column(default=True)

    category: Mapped[Category | None] = relationship()
    variants: Mapped[list[Variant]] = relationship(order_by="(Variant.price_minor, Variant.id)")


class Variant(Base):
    """One thing that can be bought. ``stock`` None: available, but the shop does not tell how many."""

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("price_minor >= 0", name="price"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    options: Mapped[dict[str, str]]
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    stock: Mapped[int | None]


class StockNotification(Base):
    """Someone waits for a product, or for one variant of it."""

    __tablename__ = "stock_notifications"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    variant_id: Mapped[str | None] = mapped_column(ForeignKey("variants.id"))
    email: Mapped[str] = mapped_column(String(254))
    noted_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
