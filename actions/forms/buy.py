"""buy_form: which variant, how many, proof of who buys, how it is paid, and a yes to what was read back."""

from __future__ import annotations

import re

from actions.buttons import button
from actions.cards import link, product_card
from actions.changes import choosing
from actions.changes.methods import WhichMethod, own_methods
from actions.forms import codes, reading
from actions.forms.base import FormValidation, Slots, WrongValue
from actions.services import buying, catalog
from actions.services.settling import MethodView
from actions.services.views import ItemView, ProductView, VariantView
from actions.turn import Turn
from actions.wording import options_text
from contract.wire import Conflict, InvalidInput

ASSENTS = ("order it", "buy it", "order them", "buy them", "i'll take it", "take it", "place the order", "place it")
NOT_CLEAR = "Please answer yes or no: I order nothing without a clear yes."
NO_VARIANT = "I can't tell which one that is. Please pick one, or write its colour or size."
MOST_OFFERED = 6
_NUMBER = re.compile(r"\d{1,3}")


class PaidBy(WhichMethod):
    """A way of payment of the account; of the gift cards only those that cover it."""

    def choices(self, turn: Turn, slots: Slots) -> list[MethodView]:  # type: ignore[override]
        with turn.reading() as session:
            total = buying.quote(session, turn.viewer, slots["buy_variant"], slots["quantity"]).total
        return [method for method in own_methods(turn) if method.covers(total)]

    def question(self, turn: Turn, slots: Slots) -> str:  # type: ignore[override]  # noqa: ARG002
        return "How would you like to pay?"


class ValidateBuyForm(FormValidation):
    """Ends early, without a ``confirm``, where it cannot be ordered here; the action then says why."""

    action_name = "validate_buy_form"
    form = "buy_form"
    slots = ("buy_product", "buy_variant", "quantity", "contact", "code", "method", "confirm")
    own_intents = frozenset({"place_order"})

    def begin(self, turn: Turn, slots: Slots) -> None:
        product = product_named(turn)
        slots["buy_product"] = product.product_id if product is not None else None
        slots["quantity"] = _quantity(turn) or 1
        if product is not None:
            slots["buy_variant"] = self._variant(turn, product)

    def fill(self, turn: Turn, slots: Slots, requested: str) -> None:
        if requested in ("contact", "code"):
            take = codes.take_email if requested == "contact" else codes.take_code
            return take(turn, slots, self.action_name)
        if self._revises(turn, slots, requested):
            return None
        fillers = {"buy_variant": self._take_variant, "method": self._take_method, "confirm": self._take_confirm}
        return fillers[requested](turn, slots)

    def is_answer(self, turn: Turn, requested: str) -> bool:
        if requested in ("contact", "code"):
            return codes.is_answer(turn, requested)
        if requested == "confirm" and reading.yes_or_no(turn.message, *ASSENTS) is not None:
            return True
        if requested == "method" and turn.viewer.verified and PaidBy().is_answer(turn, turn.slots):
            return True
        return not reading.is_question(turn.message) and self._revises(turn, dict(turn.slots), requested)

    def next_slot(self, turn: Turn, slots: Slots) -> str | None:
        if slots["buy_product"] is None:
            return None
        if slots["buy_variant"] is None:
            return "buy_variant"
        if not turn.viewer.verified:
            return "contact" if slots["contact"] is None else "code"
        try:
            with turn.reading() as session:
                buying.quote(session, turn.viewer, slots["buy_variant"], slots["quantity"])
        except (Conflict, InvalidInput):
            return None  # the action says why
        if slots["method"] is None:
            choices = PaidBy().choices(turn, slots)
            if len(choices) != 1:
                return "method" if choices else None
            slots["method"] = choices[0].method_id
        return "confirm" if slots["confirm"] is None else None

    def ask_again(self, turn: Turn, slots: Slots) -> str | None:
        return self.next_slot(turn, slots)

    def _revises(self, turn: Turn, slots: Slots, requested: str) -> bool:
        """Another variant or number of pieces, at any question."""
        product = _product(turn, slots)
        chosen = self._variant(turn, product, slots["buy_variant"]) if product is not None else None
        pieces = _quantity(turn) if requested == "confirm" else None
        if chosen in (None, slots["buy_variant"]) and pieces in (None, slots["quantity"]):
            return False
        slots.update(buy_variant=chosen or slots["buy_variant"], quantity=pieces or slots["quantity"], confirm=None)
        return True

    def _variant(self, turn: Turn, product: ProductView, chosen: str | None = None) -> str | None:
        there = in_stock(product)
        if turn.message.is_button:
            named = turn.message.first("choice")
            found = next((variant.variant_id for variant in there if variant.variant_id == named), None)
        else:
            wished = choosing.variant_in(turn.message, _as_item(product, chosen), there)
            found = wished.variant_id if wished is not None else None
        return found or (there[0].variant_id if len(there) == 1 and chosen is None else None)

    def _take_variant(self, turn: Turn, slots: Slots) -> None:
        product = _product(turn, slots)
        wished = choosing.wishes_in(turn.message, _as_item(product), product.variants) if product is not None else {}
        if wished and product is not None and not choosing.fitting(in_stock(product), wished):
            raise WrongValue(f"There is none in {' and '.join(wished.values())} in stock at the moment.")
        raise WrongValue(f"There are several in {' and '.join(wished.values())}." if wished else NO_VARIANT)

    def _take_method(self, turn: Turn, slots: Slots) -> None:
        slots["method"] = PaidBy().take(turn, slots)

    def _take_confirm(self, turn: Turn, slots: Slots) -> None:
        answer = reading.yes_or_no(turn.message, *ASSENTS)
        if answer is None or (turn.message.is_button and turn.message.first("choice") != slots["buy_variant"]):
            raise WrongValue(NOT_CLEAR)
        slots["confirm"] = answer


def product_named(turn: Turn) -> ProductView | None:
    """The product that the message names, else of those shown last "the second one", else the one if it was one."""
    name, shown = turn.message.first("product"), turn.slots.get("shown_products") or []
    if not name:
        shown = shown if len(shown) == 1 else reading.counted_out(turn.message, shown)
    with turn.reading() as session:
        if name:
            return catalog.find_product(session, name)
        return catalog.get_product(session, shown[0]) if shown else None


def in_stock(product: ProductView) -> list[VariantView]:
    return [variant for variant in product.variants if variant.in_stock]


def ask_variant(turn: Turn) -> None:
    """Asks which variant, with those that fit what was said."""
    product = _product(turn, turn.slots)
    if product is None:
        return
    there = in_stock(product)
    shown = choosing.fitting(there, choosing.wishes_in(turn.message, _as_item(product), there)) or there
    offered = [
        button(f"{options_text(variant.options)} ({turn.money(variant.price)})", "inform", choice=variant.variant_id)
        for variant in shown[:MOST_OFFERED]
    ]
    card = product_card(product, locale=turn.settings.locale, with_buttons=False)
    turn.say(f"Which {link(product)} would you like?", cards=[card], buttons=offered)


def _product(turn: Turn, slots: Slots) -> ProductView | None:
    if slots.get("buy_product") is None:
        return None
    with turn.reading() as session:
        return catalog.get_product(session, slots["buy_product"])


def _as_item(product: ProductView, variant_id: str | None = None) -> ItemView:
    """The product as a line of an order of which another variant may be wished for: what was chosen so far."""
    options = next((variant.options for variant in product.variants if variant.variant_id == variant_id), {})
    return ItemView(1, product.name, options, 1, product.price_from)


def _quantity(turn: Turn) -> int | None:
    found = _NUMBER.fullmatch((turn.message.first("quantity") or "").strip())
    return int(found[0]) if found else None
