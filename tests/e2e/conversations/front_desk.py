"""What the front desk of a shop must be able to do: each stands in ``covers`` of a conversation that goes well and of
one that does not."""

FRONT_DESK = {
    "orders": (
        *("place_order", "list_orders", "order_status", "order_details", "tracking", "late", "stuck", "not_received"),
        *("wrong_address", "missing_item", "cancel", "change_items", "change_address", "change_payment"),
        *("change_quantity", "split_shipment"),
    ),
    "after sales": (
        *("return", "return_window", "exchange", "refund_status", "damaged", "warranty", "cancellation_fee"),
    ),
    "money": (
        *("invoice", "payment_methods", "failed_payment", "wrong_charge", "price_match", "promo_code"),
        *("gift_card_balance", "refund_amount"),
    ),
    "account": (
        *("create_account", "edit_account", "delete_account", "switch_account", "password", "registration"),
        *("newsletter", "default_address", "membership"),
    ),
    "products": ("search", "stock", "compare", "alternatives", "product_question"),
    "people": (*("complaint", "review", "ticket_status", "person", "feedback", "small_talk", "abuse", "bot_question"),),
}
