"""Tells those who wait for a product that it is there."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Product, StockNotification, Variant
from actions.services.mails import enqueue

BATCH = 100


def announce_stock(session: Session) -> int:
    """Puts a mail into the outbox for each note whose product (or variant) can be had; returns how many."""
    available = select(Variant.id).where(
        Variant.product_id == StockNotification.product_id,
        or_(StockNotification.variant_id.is_(None), StockNotification.variant_id == Variant.id),
        or_(Variant.stock.is_(None), Variant.stock > 0),
    )
    query = (
        select(StockNotification, Product)
        .join(Product, Product.id == StockNotification.product_id)
        .where(StockNotification.sent_at.is_(None), Product.is_active, available.exists())
        .limit(BATCH)
        .with_for_update(of=StockNotification, skip_locked=True)
    )
    rows = session.execute(query).all()
    for note, product in rows:
        note.sent_at = utc_now()
        link = f"\n\n{product.url}" if product.url else ""
        enqueue(session, note.email, f"{product.name} is back", f"You asked us: {product.name} is back.{link}")
    return len(rows)
