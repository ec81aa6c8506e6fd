"""Another address for an order that was not shipped."""

from __future__ import annotations

from actions.changes.base import Change, Proposal, Slots, policy_of
from actions.changes.where import Where
from actions.services import addresses
from actions.services.case import Case
from actions.services.change_views import AddressView
from actions.services.idempotency import IdempotencyKey
from actions.turn import Turn
from contract.wire import from_json


class Readdressing(Change):
    kind = "address"
    intents = frozenset({"change_shipping_address"})
    called = "the new address"
    left = "Okay, I stopped. Your order goes where it was to go."
    kept = "Okay, order {} goes where it was to go."
    assent = "send it there"
    details = (Where(),)

    def propose(self, turn: Turn, case: Case, slots: Slots | None = None) -> Proposal:
        quote = addresses.quote(case)
        if quote.why_not is not None or slots is None or quote.old is None:
            return Proposal(quote.order, quote.why_not)
        new = from_json(AddressView, slots["address"])
        addresses.check(quote.old, new, policy_of(turn))
        doing = f"send order **{quote.order.order_id}** to **{new.text}** instead of {quote.old.text}."
        return Proposal(quote.order, None, doing, "Is that right?", "No, leave it")

    def make(self, turn: Turn, case: Case, slots: Slots, key: IdempotencyKey) -> str:  # noqa: ARG002
        new = from_json(AddressView, slots["address"])
        done = addresses.change(case, new, key)
        return f"Done: order **{done.order_id}** goes to {done.address.text}. A confirmation is on its way by mail."
