"""Emptying what a flow has asked for."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.turn import Event

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
    "confirm",
    "wish",
    "ticket_topic",
    "ticket_text",
    "ticket_email",
    "tries",
)


def flow_is_over() -> list[Event]:
    """Nothing of a finished flow stays for the next one."""
    return [SlotSet(name, None) for name in FLOW_SLOTS]
