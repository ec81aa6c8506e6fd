"""What the services give back: frozen values, never database rows. Times are UTC with a zone, or None if unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from actions.services.money import Money


@dataclass(frozen=True)
class ItemView:
    """One line of an order. ``options`` such as ``{"color": "blue", "size": "M"}``."""

    line: int
    name: str
    options: dict[str, str]
    quantity: int
    unit_price: Money
    image_url: str | None = None
    product_id: str | None = None
    variant_id: str | None = None


@dataclass(frozen=True)
class OrderView:
    """``status``: pending, processed, shipped, delivered, cancelled, exchange_requested, return_requested, returned or
    refunded.

    ``payment_method`` is masked ("Visa ending in 9212", "PayPal", "gift card"). ``possible`` are the kinds of change
    that the shop's policy allows for the order now (``policy.CHANGES``), not what this viewer may do. ``placed_at``
    is None for imports that do not tell it.
    """

    order_id: str
    status: str
    placed_at: datetime | None
    items: tuple[ItemView, ...]
    total: Money
    shipping_city: str
    country: str
    payment_method: str
    possible: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrackingEvent:
    """``place`` is None where the carrier did not name one."""

    at: datetime
    place: str | None
    text: str


@dataclass(frozen=True)
class TrackingView:
    """``events`` newest first. ``late``: the promised day is over and the parcel has not arrived.

    ``carrier`` and ``tracking_number`` are of the first parcel; ``other_numbers`` of further ones.
    """

    order_id: str
    status: str
    carrier: str | None
    tracking_number: str | None
    eta: datetime | None
    events: tuple[TrackingEvent, ...]
    late: bool
    delivered_at: datetime | None = None
    other_numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class RefundView:
    """``state``: none (nothing is to be refunded), awaited (the parcel must come back first), pending, paid.

    ``expected_by`` is the day by which a pending refund should have arrived, ``paid_at`` when it was paid.
    """

    order_id: str
    state: str
    amount: Money | None = None
    refund_to: str | None = None
    requested_at: datetime | None = None
    expected_by: datetime | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True)
class InvoiceView:
    """``sent_to_masked`` like ``m***@example.com``: the address on file, to which the invoice was mailed."""

    invoice_id: str
    order_id: str
    total: Money
    sent_to_masked: str


@dataclass(frozen=True)
class CodeSent:
    """The same for a known and an unknown address. ``sent_to_masked`` is what the shopper typed, masked."""

    sent_to_masked: str
    valid_minutes: int


@dataclass(frozen=True)
class TicketView:
    """``status``: open, answered or closed. ``photos``: ids of the gateway's."""

    ticket_id: str
    subject: str
    status: str
    opened_at: datetime
    email_masked: str
    order_id: str | None = None
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class VariantView:
    """``stock`` counts pieces; None means that it is available but the shop does not tell how many."""

    variant_id: str
    options: dict[str, str]
    price: Money
    stock: int | None

    @property
    def in_stock(self) -> bool:
        return self.stock is None or self.stock > 0


@dataclass(frozen=True)
class ProductView:
    """``variants`` cheapest first. From a search they are only those that fit the filters, and ``price_from``
    is the cheapest of them. ``category``, ``description``, ``url``, ``image_url`` and ``rating`` (1 to 5) are None
    where the shop does not tell. ``details`` answers questions: keys such as ``material``, ``care``, ``use``, ``fit``.
    """

    product_id: str
    name: str
    category: str | None
    description: str | None
    price_from: Money
    url: str | None
    image_url: str | None
    variants: tuple[VariantView, ...]
    rating: float | None
    details: dict[str, str] = field(default_factory=dict)

    @property
    def in_stock(self) -> bool:
        return any(variant.in_stock for variant in self.variants)


@dataclass(frozen=True)
class SearchQuery:
    """What a shopper looks for. ``product`` is a name, a kind or a category; prices are in minor units.

    ``options`` and ``without`` are words such as ``leather`` or ``wireless`` that must, or must not, fit.
    """

    product: str | None = None
    options: tuple[str, ...] = ()
    size: str | None = None
    color: str | None = None
    price_max: int | None = None
    price_min: int | None = None
    in_stock_only: bool = False
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class NearMiss:
    """What comes closest when nothing fits. ``note`` is an honest sentence ("Nothing under $20.00; the cheapest
    is $24.90."), ``dropped`` names the filters that had to go, such as ``price_max``, ``color``, ``options``."""

    note: str
    dropped: tuple[str, ...]
    products: tuple[ProductView, ...]


@dataclass(frozen=True)
class StockNotice:
    """``already_in_stock``: nothing to wait for. ``already_noted``: this address is on the list."""

    product_name: str
    sent_to_masked: str
    already_in_stock: bool = False
    already_noted: bool = False
