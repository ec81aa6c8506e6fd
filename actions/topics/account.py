"""The shopper's account: what is in it, what shall be changed, and the change, once."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.access import NeedsVerification
from actions.account import ACCOUNT_CHANGES, account_change_of
from actions.account.base import AccountChange
from actions.base import ShopAction
from actions.buttons import LIST_ORDERS, PERSON, button
from actions.forms import reading
from actions.rephrasing import Plain
from actions.services import settling
from actions.services.open_matters import OpenMatters, open_matters
from actions.topics.knowledge import answer_for, ways_on
from actions.topics.slots import flow_ends, flow_is_over
from actions.turn import Event, Turn
from actions.wording import listed
from contract.conversation import Button
from contract.wire import Conflict, InvalidInput, NotFound

OFFERED = ("name", "email", "address", "newsletter", "password", "kind")


class ActionGiftCardBalance(ShopAction):
    """What is left on the gift cards of a verified customer."""

    action_name = "action_gift_card_balance"

    def perform(self, turn: Turn) -> list[Event]:
        if turn.has_spoken and not turn.viewer.verified:
            return []
        turn.require(self.action_name)
        with turn.reading() as session:
            cards = [method for method in settling.methods(session, turn.viewer) if method.kind == "gift_card"]
        held = [turn.money(card.balance) for card in cards if card.balance is not None]
        if not held:
            turn.say("There is no gift card in your account.", buttons=[button("Buy a gift card", "buy_gift_card")])
        elif len(held) == 1:
            turn.say(f"There is **{held[0]}** on your gift card.", plain=Plain.GIFT_CARD)
        else:
            amounts = listed([f"**{amount}**" for amount in held])
            turn.say(f"There is {amounts} on your {len(held)} gift cards.", plain=Plain.GIFT_CARD)
        return flow_ends(turn)


class ActionVerified(ShopAction):
    """Greets a customer by name and offers to go on with what is open."""

    action_name = "action_verified"

    def perform(self, turn: Turn) -> list[Event]:
        if turn.viewer.verified:
            with turn.reading() as session:
                found = open_matters(session, turn.viewer)
            thanks = f"Thank you, {found.first_name}" if found.first_name else "Thank you"
            turn.say(
                f"{thanks}, now I know that it's you. What would you like to do?",
                buttons=[*_to_go_on(found), LIST_ORDERS, button("Cancel an order", "cancel_order")],
            )
        return flow_is_over()


class ActionAccount(ShopAction):
    """Somebody who asks how it is done hears it, with a button; a wish goes on with ``account_form``."""

    action_name = "action_account"

    def perform(self, turn: Turn) -> list[Event]:
        change = account_change_of(turn.message)
        is_offered = change is None or change.is_offered(turn)
        asks = reading.is_question(turn.message) and not reading.is_request(turn.message)
        if is_offered and (turn.message.is_button or not asks):
            return [SlotSet("next_flow", "account")]
        intent = change.intent if change is not None and change.intent else turn.message.intent
        answer = answer_for(turn, intent)
        here = [button(change.title, intent, choice=change.name)] if change is not None and is_offered else []
        turn.say(
            answer.text if answer else "Our team can tell you more about that.",
            source=answer.source if answer else None,
            buttons=[*here, *ways_on(intent)],
        )
        return [SlotSet("next_flow", None)]


class ActionAskAccount(ShopAction):
    """What shall be changed, where the shopper did not say it."""

    action_name = "action_ask_account"

    def perform(self, turn: Turn) -> list[Event]:
        offered = [change for name in OFFERED if (change := ACCOUNT_CHANGES[name]).is_offered(turn)]
        turn.say("What would you like to change?", buttons=[_button(change) for change in offered])
        return []


class ActionAskValue(ShopAction):
    """Asks for the new value, in the words of the change at hand."""

    action_name = "action_ask_value"

    def perform(self, turn: Turn) -> list[Event]:
        change = ACCOUNT_CHANGES.get(turn.slots.get("account") or "")
        if change is not None and change.value is not None:
            change.value.ask(turn, turn.slots)
        return []


class ActionAskAccountConfirm(ShopAction):
    """Reads back what would happen, and asks for a yes."""

    action_name = "action_ask_account_form_confirm"

    def perform(self, turn: Turn) -> list[Event]:
        change = ACCOUNT_CHANGES[turn.slots["account"]]
        turn.say(
            f"This is what I would do: {change.read_back(turn, turn.slots)}",
            buttons=[button(f"Yes, {change.assent}", "affirm"), button("No, leave it", "deny")],
        )
        return []


class ActionChangeAccount(ShopAction):
    """Runs when the form is done: makes the change on a yes, says why it cannot, or leaves the account alone."""

    action_name = "action_change_account"

    def perform(self, turn: Turn) -> list[Event]:
        change = ACCOUNT_CHANGES.get(turn.slots.get("account") or "")
        if change is not None:
            self._finish(turn, change)
        return [*flow_ends(turn), SlotSet("next_flow", None)]

    def _finish(self, turn: Turn, change: AccountChange) -> None:
        try:
            if turn.slots.get("confirm") or (not change.needs_yes and turn.slots.get("contact")):
                with turn.writing() as session:
                    said = change.make(turn, session, turn.slots, turn.key(change.name))
                turn.say(said)
            elif turn.slots.get("confirm") is False:
                turn.say(change.kept)
            elif (why_not := change.why_not(turn)) is not None:
                turn.say(why_not, buttons=[PERSON])
        except NeedsVerification:
            turn.say(
                "I could not do it: your identification has run out in the meantime. Nothing was changed.",
                buttons=[_button(change, "Start again"), PERSON],
            )
        except (Conflict, InvalidInput, NotFound) as error:
            turn.say(f"{error.message} Nothing was changed.", buttons=[PERSON])


def _to_go_on(found: OpenMatters) -> list[Button]:
    order = [button(f"Where is {found.order_id}?", "track_order", order_id=found.order_id)] if found.order_id else []
    if found.ticket_id is None:
        return order
    return [*order, button(f"Ticket {found.ticket_id}", "ticket_status", ticket_id=found.ticket_id)]


def _button(change: AccountChange, title: str | None = None) -> Button:
    return button(title or change.title, change.intent or "edit_account", choice=change.name)
