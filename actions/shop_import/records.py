"""The form of the export: what is read of each record. Other keys are ignored; fields with a default may be missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class VariantRecord:
    """``stock`` is optional; without it ``available`` says only whether it can be had."""

    item_id: str
    options: dict[str, Any]
    price: float | str
    available: bool = True
    stock: int | None = None


@dataclass(frozen=True)
class ProductRecord:
    product_id: str
    name: str
    variants: dict[str, VariantRecord]
    description: str | None = None
    url: str | None = None
    image_url: str | None = None


@dataclass(frozen=True)
class NameRecord:
    first_name: str
    last_name: str


@dataclass(frozen=True)
class AddressRecord:
    address1: str
    city: str
    zip: str
    country: str
    address2: str = ""
    state: str = ""


@dataclass(frozen=True)
class PaymentMethodRecord:
    id: str
    source: str
    brand: str | None = None
    last_four: str | None = None
    balance: float | str | None = None


@dataclass(frozen=True)
class UserRecord:
    name: NameRecord
    address: AddressRecord
    email: str
    payment_methods: dict[str, PaymentMethodRecord] = field(default_factory=dict)


@dataclass(frozen=True)
class ItemRecord:
    name: str
    product_id: str
    item_id: str
    price: float | str
    options: dict[str, Any] = field(default_factory=dict)
    quantity: int = 1


@dataclass(frozen=True)
class FulfillmentRecord:
    tracking_id: list[str]
    item_ids: list[str]


@dataclass(frozen=True)
class TransactionRecord:
    transaction_type: str
    amount: float | str
    payment_method_id: str


@dataclass(frozen=True)
class OrderRecord:
    """``placed_at`` is optional: ISO 8601."""

    order_id: str
    user_id: str
    address: AddressRecord
    items: list[ItemRecord]
    status: str
    fulfillments: list[FulfillmentRecord] = field(default_factory=list)
    payment_history: list[TransactionRecord] = field(default_factory=list)
    placed_at: str | None = None
