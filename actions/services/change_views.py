"""What the services give back that change orders: what would be done, and what was done."""

from __future__ import annotations

from dataclasses import dataclass

from actions.services.money import Money
from actions.services.views import ItemView, OrderView, VariantView


@dataclass(frozen=True)
class CancelQuote:
    """What a cancellation would do. ``why_not`` is a sentence where it is not allowed. There is no fee.

    ``refund_to`` names where the money goes, masked: "Visa ending in 9212"; ``arrives`` says when: "at once" or
    "within 5 to 7 business days".
    """

    order: OrderView
    why_not: str | None
    refund: Money
    refund_to: str
    arrives: str = ""


@dataclass(frozen=True)
class Cancelled:
    """``already``: the order was cancelled before, under another request; nothing was changed now."""

    order_id: str
    refund: Money
    refund_to: str
    already: bool = False
    arrives: str = ""


@dataclass(frozen=True)
class ReturnQuote:
    """What a return would do. ``why_not`` is a sentence where it is not allowed. ``refund_to`` is masked."""

    order: OrderView
    why_not: str | None
    items: tuple[ItemView, ...] = ()
    refund: Money | None = None
    refund_to: str = ""


@dataclass(frozen=True)
class Returned:
    """A return that was asked for. ``within``: when the money is there, once the parcel has come back."""

    order_id: str
    refund: Money
    refund_to: str
    within: str
    email_masked: str


@dataclass(frozen=True)
class Swap:
    """One line of an order that becomes another variant of the same product."""

    item: ItemView
    variant: VariantView

    @property
    def difference(self) -> int:
        """In minor units, for all pieces of the line; above 0 where the new ones cost more."""
        return (self.variant.price.minor - self.item.unit_price.minor) * self.item.quantity


@dataclass(frozen=True)
class SwapQuote:
    """What swaps would do. ``difference`` above 0 is to be paid, below 0 goes back; ``settled_with`` is masked."""

    order: OrderView
    why_not: str | None
    swaps: tuple[Swap, ...] = ()
    difference: Money | None = None
    settled_with: str = ""


@dataclass(frozen=True)
class Swapped:
    """Swaps that were made, or, of a delivered order, are under way."""

    order_id: str
    difference: Money
    settled_with: str
    email_masked: str


@dataclass(frozen=True)
class AddressView:
    """``state`` and ``line2`` are empty where there are none."""

    line1: str
    city: str
    zip_code: str
    country: str
    line2: str = ""
    state: str = ""

    @property
    def text(self) -> str:
        """In one line."""
        town = " ".join(part for part in (self.city + ("," if self.state else ""), self.state, self.zip_code) if part)
        return ", ".join(part for part in (self.line1, self.line2, town, self.country) if part)


@dataclass(frozen=True)
class AddressQuote:
    order: OrderView
    why_not: str | None
    old: AddressView | None = None


@dataclass(frozen=True)
class AddressChanged:
    order_id: str
    address: AddressView


@dataclass(frozen=True)
class PaymentQuote:
    """``old`` is masked: what pays now."""

    order: OrderView
    why_not: str | None
    old: str = ""


@dataclass(frozen=True)
class PaymentChanged:
    """``refund`` goes back to ``old`` (masked); ``new`` pays the same amount."""

    order_id: str
    amount: Money
    old: str
    new: str
    arrives: str
