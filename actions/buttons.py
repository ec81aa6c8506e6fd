"""Buttons that several actions offer. A payload is ``/intent{"entity": "value"}``; shoppers get a token for it."""

from __future__ import annotations

import json

from contract.conversation import Button


def button(title: str, intent: str, **values: str) -> Button:
    """A button that means ``intent`` with entity ``values``."""
    return Button(title, f"/{intent}{json.dumps(values, ensure_ascii=False)}" if values else f"/{intent}")


PERSON = button("Talk to a person", "contact_human_agent")
VERIFY = button("Send me a code", "verify_identity")
LIST_ORDERS = button("Show my orders", "list_orders")
STOP = button("Stop", "stop")
HELP = button("What can you do?", "help")


def ticket(topic: str, title: str = "Open a ticket about this", **about: str) -> Button:
    """Starts the ticket form; ``topic`` is an intent name, ``about`` may name the ``order_id``."""
    return button(title, "complaint", choice=topic, **about)
