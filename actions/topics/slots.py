"""The end of a flow: what it asked for is emptied, and what it interrupted is offered again."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.buttons import button
from actions.changes import CHANGES
from actions.turn import Event, Turn

FLOW_SLOTS = (
    "order_id",
    "contact",
    "code",
    "change",
    "items",
    "variants",
    "address",
    "method",
    "reason",
    "buy_product",
    "buy_variant",
    "quantity",
    "confirm",
    "wish",
    "account",
    "value",
    "proof",
    "promo_code",
    "ticket_topic",
    "ticket_text",
    "ticket_email",
    "tries",
)


def flow_ends(turn: Turn, *, changed: str | None = None) -> list[Event]:
    """``flow_is_over``, and the change of an order that this flow interrupted is offered again, once.

    Args:
        changed: the order that this flow has changed, of which no other change is offered.
    """
    away = turn.slots.get("put_away") or {}
    change, number = CHANGES.get(away.get("kind") or ""), away.get("order_id")
    if change is None or number is None or number == changed:
        return [*flow_is_over(), SlotSet("put_away", None)]
    turn.say(
        f"Shall we go back to {change.called} ({number})?",
        buttons=[button("Yes, go on", next(iter(change.intents)), order_id=number), button("No, thanks", "deny")],
    )
    return [*flow_is_over(), SlotSet("put_away", None)]


def flow_is_over() -> list[Event]:
    """Nothing of a finished flow stays for the next one."""
    return [SlotSet(name, None) for name in FLOW_SLOTS]
