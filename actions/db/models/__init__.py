"""The tables, by theme. Importing this package registers all of them on ``Base.metadata``."""

from actions.db.models.aftersales import Invoice, PromoCode, PromoUse, Refund, Return, Ticket
from actions.db.models.base import Base
from actions.db.models.catalog import Category, Product, StockNotification, Variant
from actions.db.models.customers import AccountChange, Address, Customer, GiftCard, PaymentMethod
from actions.db.models.machinery import Attempt, Erasure, IdempotencyRow, Interaction, Mark, OneTimeCode, OutboxMail
from actions.db.models.orders import Order, OrderChange, OrderItem, ParcelNews, Payment, Shipment, TrackingEventRow
from actions.db.models.recommended import ShownRecommendation

__all__ = [
    "AccountChange",
    "Address",
    "Attempt",
    "Base",
    "Category",
    "Customer",
    "Erasure",
    "GiftCard",
    "IdempotencyRow",
    "Interaction",
    "Invoice",
    "Mark",
    "OneTimeCode",
    "Order",
    "OrderChange",
    "OrderItem",
    "OutboxMail",
    "ParcelNews",
    "Payment",
    "PaymentMethod",
    "Product",
    "PromoCode",
    "PromoUse",
    "Refund",
    "Return",
    "Shipment",
    "ShownRecommendation",
    "StockNotification",
    "Ticket",
    "TrackingEventRow",
    "Variant",
]
