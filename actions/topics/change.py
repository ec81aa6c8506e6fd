"""Changing an order: what the form asks, the read-back, and the deed, once."""

from __future__ import annotations

from typing import ClassVar

from rasa_sdk.events import SlotSet

from actions.access import NeedsVerification
from actions.base import ShopAction
from actions.buttons import PERSON, button, ticket
from actions.cards import change_buttons, order_card
from actions.changes import CHANGES, Change
from actions.changes.base import Proposal, case_of
from actions.intent_titles import title
from actions.topics.reports import about_parcel
from actions.topics.slots import flow_ends
from actions.turn import Event, Turn
from contract.conversation import Button
from contract.wire import Conflict, InvalidInput


class ActionAskDetail(ShopAction):
    """Asks for one detail of the change at hand, in its own words."""

    slot: ClassVar[str]

    def perform(self, turn: Turn) -> list[Event]:
        change = CHANGES.get(turn.slots.get("change") or "")
        detail = change.detail(self.slot) if change is not None else None
        if detail is not None:
            detail.ask(turn, turn.slots)
        return []


class ActionAskChange(ShopAction):
    """What shall be changed, where the shopper did not say it."""

    action_name = "action_ask_change"

    def perform(self, turn: Turn) -> list[Event]:
        kinds = ("change_order_items", "change_shipping_address", "change_payment_method", "cancel_order")
        turn.say("What would you like to change?", buttons=[button(title(intent), intent) for intent in kinds])
        return []


class ActionAskItems(ActionAskDetail):
    action_name, slot = "action_ask_items", "items"


class ActionAskVariants(ActionAskDetail):
    action_name, slot = "action_ask_variants", "variants"


class ActionAskQuantity(ActionAskDetail):
    action_name, slot = "action_ask_quantity", "quantity"


class ActionAskAddress(ActionAskDetail):
    action_name, slot = "action_ask_address", "address"


class ActionAskMethod(ActionAskDetail):
    action_name, slot = "action_ask_method", "method"


class ActionAskReason(ActionAskDetail):
    action_name, slot = "action_ask_reason", "reason"


class ActionAskConfirm(ShopAction):
    """Reads back what would happen, and asks for a yes."""

    action_name = "action_ask_confirm"

    def perform(self, turn: Turn) -> list[Event]:
        change = _change(turn)
        with turn.reading() as session:
            proposal = change.propose(turn, case_of(turn, session, turn.slots["order_id"]), turn.slots)
        number = proposal.order.order_id
        turn.say(
            f"This is what I would do: {proposal.doing} {proposal.question}",
            cards=[order_card(proposal.order, locale=turn.settings.locale, with_buttons=False)],
            buttons=[
                button(f"Yes, {change.assent}", "affirm", order_id=number),
                button(proposal.no, "deny", order_id=number),
            ],
        )
        return []


class ActionMakeChange(ShopAction):
    """Runs when the form is done: makes the change on a yes, says why it cannot, or leaves the order alone."""

    action_name = "action_make_change"

    def perform(self, turn: Turn) -> list[Event]:
        order_id = turn.slots.get("order_id")
        if order_id is None or turn.slots.get("change") not in CHANGES:
            return flow_ends(turn)
        change = _change(turn)
        try:
            self._finish(turn, change, order_id)
        except NeedsVerification:
            again = button("Start again", next(iter(change.intents)), order_id=order_id)
            turn.say(
                "I could not do it: your identification has run out in the meantime. Nothing was changed.",
                buttons=[again, PERSON],
            )
        except (Conflict, InvalidInput) as error:
            turn.say(f"{error.message} Nothing was changed.", buttons=[PERSON])
        return [*flow_ends(turn, changed=order_id), SlotSet("last_order", order_id), SlotSet("next_flow", None)]

    def _finish(self, turn: Turn, change: Change, order_id: str) -> None:
        turn.require(self.action_name, order_id)
        if turn.slots.get("confirm"):
            with turn.writing() as session:
                said = change.make(turn, case_of(turn, session, order_id), turn.slots, turn.key(change.kind))
            turn.say(said)
            return
        with turn.reading() as session:
            proposal = change.propose(turn, case_of(turn, session, order_id))
        if proposal.why_not is None:
            turn.say(change.kept.format(proposal.order.order_id))
        else:
            turn.say(proposal.why_not, buttons=[*_instead(proposal), PERSON])
            if proposal.order.status == "delivered" and change.kind == "address":
                _if_it_went_elsewhere(turn, order_id)


def _change(turn: Turn) -> Change:
    return CHANGES[turn.slots["change"]]


def _if_it_went_elsewhere(turn: Turn, order_id: str) -> None:
    """Who speaks of the address of a delivered order may mean that the parcel went to a wrong one."""
    text, _ = about_parcel(turn, order_id)
    turn.say(f"Did it go to a wrong address? {text}", buttons=[ticket("missing_parcel", order_id=order_id)])


def _instead(proposal: Proposal) -> list[Button]:
    """What the policy allows for this order in place of what it does not."""
    number, status = proposal.order.order_id, proposal.order.status
    ways = change_buttons(proposal.order)
    if status in ("pending", "processed", "shipped"):
        ways.append(button("Where is it?", "track_order", order_id=number))
    elif status != "delivered":
        ways.append(button("Where is my refund?", "track_refund", order_id=number))
    return ways
