"""The changes that a shopper can make to an order: what each needs to know, how it reads back, what it does."""

from __future__ import annotations

from actions.changes.base import Change
from actions.changes.cancelling import Cancelling
from actions.changes.readdressing import Readdressing
from actions.changes.repaying import Repaying
from actions.changes.returning import Returning
from actions.changes.swapping import Exchanging, SwappingItems

CHANGES: dict[str, Change] = {
    change.kind: change
    for change in (Cancelling(), SwappingItems(), Readdressing(), Repaying(), Returning(), Exchanging())
}

__all__ = ["CHANGES", "Change", "change_of_intent"]


def change_of_intent(intent: str) -> Change | None:
    """The change that an intent asks for; None where it asks for something else."""
    return next((change for change in CHANGES.values() if intent in change.intents), None)
