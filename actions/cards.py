"""Orders and products as cards of the contract."""

from __future__ import annotations

from actions.buttons import button
from actions.services.money import format_money
from actions.services.views import ItemView, OrderView, ProductView
from actions.wording import day, options_text, status_title
from contract.conversation import Button, Card, CardField

MAX_ITEMS = 8
MAX_CHANGES = 2
CHANGE_BUTTONS = {
    "cancel": ("Cancel it", "cancel_order"),
    "returns": ("Return something", "return_item"),
    "exchange": ("Exchange something", "exchange_item"),
    "items": ("Change its items", "change_order_items"),
    "address": ("Change its address", "change_shipping_address"),
    "payment": ("Change how it's paid", "change_payment_method"),
}
"""Title and intent by kind of change, most wanted first."""


def order_card(order: OrderView, *, locale: str, with_buttons: bool = True, is_tracked: bool = False) -> Card:
    """An order with its items and what may be done with it. ``is_tracked``: where it is was just said."""
    first_image = next((item.image_url for item in order.items if item.image_url), None)
    return Card(
        kind="order",
        title=f"Order {order.order_id}",
        subtitle=f"Placed on {day(order.placed_at, locale)}" if order.placed_at else None,
        image_url=first_image,
        badge=status_title(order.status),
        fields=(*_item_fields(order, locale), CardField("Total", format_money(order.total, locale))),
        buttons=_order_buttons(order, is_tracked) if with_buttons else (),
    )


def item_text(item: ItemView) -> str:
    """``2 × Water Bottle (blue, 1000ml)``."""
    options = options_text(item.options)
    count = f"{item.quantity} × " if item.quantity != 1 else ""
    return f"{count}{item.name}" + (f" ({options})" if options else "")


def product_card(
    product: ProductView, *, locale: str, note: str | None = None, with_buttons: bool = True, url: str | None = None
) -> Card:
    """A product with price and stock. ``note`` replaces the category under the title, ``url`` the shop's address."""
    return Card(
        kind="product",
        title=product.name,
        subtitle=note or product.category,
        image_url=product.image_url,
        badge="In stock" if product.in_stock else "Sold out",
        fields=tuple(_product_fields(product, locale)),
        buttons=_product_buttons(product) if with_buttons else (),
        url=url or product.url,
    )


def price_text(product: ProductView, locale: str) -> str:
    """``$49.99``, or ``from $49.99`` where variants differ."""
    price = format_money(product.price_from, locale)
    return f"from {price}" if len({variant.price.minor for variant in product.variants}) > 1 else price


def link(product: ProductView) -> str:
    """The product's name, as a link to the shop where there is one."""
    name = product.name.replace("[", "(").replace("]", ")")
    return f"[{name}]({product.url})" if product.url else f"**{name}**"


def change_buttons(order: OrderView) -> list[Button]:
    """A button for each kind of change that the shop's policy allows for the order now."""
    allowed = [CHANGE_BUTTONS[kind] for kind in CHANGE_BUTTONS if kind in order.possible]
    return [button(title, intent, order_id=order.order_id) for title, intent in allowed]


def _item_fields(order: OrderView, locale: str) -> tuple[CardField, ...]:
    shown = [CardField(item_text(item), format_money(item.unit_price, locale)) for item in order.items[:MAX_ITEMS]]
    more = len(order.items) - MAX_ITEMS
    return (*shown, CardField("More items", str(more))) if more > 0 else tuple(shown)


def _order_buttons(order: OrderView, is_tracked: bool) -> tuple[Button, ...]:
    details = button("Details", "order_details", order_id=order.order_id)
    track = details if is_tracked else button("Track it", "track_order", order_id=order.order_id)
    if order.status in ("cancelled", "returned", "refunded", "return_requested"):
        return (button("Where is my refund?", "track_refund", order_id=order.order_id),)
    return (track, *change_buttons(order)[:MAX_CHANGES])


def _product_fields(product: ProductView, locale: str) -> list[CardField]:
    fields = [CardField("Price", price_text(product, locale))]
    if product.rating is not None:
        fields.append(CardField("Rating", f"{product.rating:.1f} of 5"))
    return fields


def _product_buttons(product: ProductView) -> tuple[Button, ...]:
    if not product.in_stock:
        return (button("Tell me when it's back", "notify_in_stock", product=product.name),)
    return (
        button("Sizes and colours", "check_stock", product=product.name),
        button("I want it", "place_order", product=product.name),
    )
