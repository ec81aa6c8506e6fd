"""Changing what was shown last, found or recommended: "cheaper", "in blue", "not leather", "something else"."""

from __future__ import annotations

from actions.base import ShopAction
from actions.topics import recommending, search
from actions.turn import Event, Turn


class ActionRefineSearch(ShopAction):
    """The former search, or the former recommendation, with what this message changes."""

    action_name = "action_refine_search"

    def perform(self, turn: Turn) -> list[Event]:
        return refine(turn)


def refine(turn: Turn) -> list[Event]:
    """Shows what was shown last as this message changes it; where nothing was, it is a new search.

    Where one product was shown alone, "something similar" is another product.
    """
    wish = recommending.former_wish(turn) or recommending.like_the_one_shown(turn)
    if wish is None or turn.message.first("product"):
        return search.refine(turn)
    return recommending.refine(turn, wish)
