"""What each chosen item becomes: another variant of the same product that can be had."""

from __future__ import annotations

import dataclasses
from typing import Any

from actions.buttons import button
from actions.changes import choosing
from actions.changes.base import Detail, Slots
from actions.message import Message
from actions.services import swaps
from actions.services.money import Money
from actions.services.order_rows import item_view, own_order
from actions.services.views import ItemView, VariantView
from actions.turn import Turn
from actions.wording import options_text
from contract.wire import InvalidInput

MOST_OFFERED = 6


class WhichVariants(Detail):
    """The new variant's id by line (as text), for all chosen lines."""

    slot = "variants"

    def find(self, turn: Turn, slots: Slots, message: Message) -> Any | None:
        """What is chosen already with what the message adds to it; None where it adds nothing."""
        chosen: dict[str, str] = dict(slots.get(self.slot) or {})
        added = False
        for item, variants in self._open(turn, slots, message):
            now = _as_chosen(item, variants, chosen.get(str(item.line)))
            wanted = _by_button(message, variants) or choosing.variant_in(message, now, variants)
            if wanted is not None and chosen.get(str(item.line)) != wanted.variant_id:
                chosen[str(item.line)] = wanted.variant_id
                added = True
                if message.is_button:
                    break
        return chosen if added else None

    def is_complete(self, turn: Turn, slots: Slots) -> bool:  # noqa: ARG002
        chosen = slots.get(self.slot) or {}
        return all(str(line) in chosen for line in slots.get("items") or [])

    def ask(self, turn: Turn, slots: Slots) -> None:
        item, variants = self._next(turn, slots)
        wished = choosing.wishes_in(turn.message, item, variants)
        shown = choosing.fitting(variants, wished) or variants
        turn.say(
            f"What shall your **{item.name}** ({options_text(item.options)}) become?",
            buttons=[_offer(turn, item, variant) for variant in shown[:MOST_OFFERED]],
        )

    def take(self, turn: Turn, slots: Slots) -> Any:
        value = self.find(turn, slots, turn.message)
        if value is not None:
            return value
        item, variants = self._next(turn, slots)
        wished = choosing.wishes_in(turn.message, item, variants)
        if wished and not choosing.fitting(variants, wished):
            raise InvalidInput(f"There is no {item.name} in {' and '.join(wished.values())} in stock at the moment.")
        if wished:
            raise InvalidInput(f"There are several in {' and '.join(wished.values())}.")
        raise InvalidInput(self.unclear(turn, slots))

    def is_answer(self, turn: Turn, slots: Slots) -> bool:
        item, variants = self._next(turn, slots)
        return self.find(turn, slots, turn.message) is not None or bool(
            choosing.wishes_in(turn.message, item, variants)
        )

    def unclear(self, turn: Turn, slots: Slots) -> str:  # noqa: ARG002
        return "I can't tell which one that is. Please pick one, or write its colour or size."

    def _next(self, turn: Turn, slots: Slots) -> tuple[ItemView, list[VariantView]]:
        """The first item of which it is not known what it becomes; the last one where all are known."""
        found = self._chosen_items(turn, slots)
        chosen = slots.get(self.slot) or {}
        return next((pair for pair in found if str(pair[0].line) not in chosen), found[-1])

    def _open(self, turn: Turn, slots: Slots, message: Message) -> list[tuple[ItemView, list[VariantView]]]:
        """The items that a message may speak of: those whose variant is open; all of them where none is."""
        found = self._chosen_items(turn, slots)
        chosen = slots.get(self.slot) or {}
        still = [pair for pair in found if str(pair[0].line) not in chosen]
        return (still[:1] if message.is_button else still) or found

    def _chosen_items(self, turn: Turn, slots: Slots) -> list[tuple[ItemView, list[VariantView]]]:
        lines = set(slots.get("items") or [])
        with turn.reading() as session:
            order = own_order(session, turn.viewer, slots["order_id"])
            rows = [row for row in order.items if row.line in lines] or order.items[:1]
            return [(item_view(row, order.currency), swaps.offers(session, row)) for row in rows]


def _as_chosen(item: ItemView, variants: list[VariantView], variant_id: str | None) -> ItemView:
    """The item with the options that were chosen for it already: a correction changes those."""
    options = next((variant.options for variant in variants if variant.variant_id == variant_id), item.options)
    return dataclasses.replace(item, options=options)


def _by_button(message: Message, variants: list[VariantView]) -> VariantView | None:
    chosen = message.first("choice") if message.is_button else None
    return next((variant for variant in variants if variant.variant_id == chosen), None)


def _offer(turn: Turn, item: ItemView, variant: VariantView) -> Any:
    more = variant.price.minor - item.unit_price.minor
    sign = "+" if more > 0 else "-"
    price = f" ({sign}{turn.money(Money(abs(more), variant.price.currency))})" if more else ""
    return button(f"{options_text(variant.options)}{price}", "inform", choice=variant.variant_id)
