"""The changes that a shopper can make to an order: what each needs to know, how it reads back, what it does."""

from __future__ import annotations

from actions.changes.base import Change
from actions.changes.cancelling import Cancelling
from actions.changes.naming import means_pieces
from actions.changes.quantities import ChangingQuantity
from actions.changes.readdressing import Readdressing
from actions.changes.repaying import Repaying
from actions.changes.returning import Returning
from actions.changes.swapping import Exchanging, SwappingItems
from actions.message import Message

CHANGES: dict[str, Change] = {
    change.kind: change
    for change in (
        Cancelling(),
        SwappingItems(),
        ChangingQuantity(),
        Readdressing(),
        Repaying(),
        Returning(),
        Exchanging(),
    )
}

__all__ = ["CHANGES", "Change", "change_in", "change_of_intent"]


def change_in(message: Message) -> Change | None:
    """The change that a message asks for, by its intent, and by its words where two changes have one intent."""
    change = change_of_intent(message.intent)
    is_items = change is not None and change.kind == "items" and not message.is_button
    return CHANGES["quantity"] if is_items and means_pieces(message.text) else change


def change_of_intent(intent: str) -> Change | None:
    """The change that an intent asks for; None where it asks for something else."""
    return next((change for change in CHANGES.values() if intent in change.intents), None)
