"""Tickets, complaints, and a person."""

from __future__ import annotations

import hashlib

from rasa_sdk.events import SlotSet

from actions.base import ShopAction
from actions.buttons import PERSON, ticket
from actions.forms.reading import order_number
from actions.intent_titles import title
from actions.message import Message
from actions.services import tickets
from actions.services.views import TicketView
from actions.topics.knowledge import answer_for
from actions.topics.slots import flow_ends, flow_is_over
from actions.turn import Event, Turn
from actions.wording import day

STATES = {
    "open": "is open: our team will answer by mail to {email}",
    "answered": "has been answered: please look into the mailbox of {email}",
    "closed": "is closed. The answer went to {email}",
}


class ActionComplaint(ShopAction):
    """A typed complaint is heard and offered a ticket; the button "Open a ticket" starts its form."""

    action_name = "action_complaint"

    def perform(self, turn: Turn) -> list[Event]:
        if turn.message.is_button and turn.message.first("choice"):
            return [SlotSet("next_flow", "ticket")]
        answer = answer_for(turn, "complaint")
        text = "I'm sorry that you have had trouble with us."
        turn.say(
            f"{text} {answer.text}" if answer else f"{text} Shall our team look into it?",
            source=answer.source if answer else None,
            buttons=[ticket("complaint"), PERSON],
        )
        return [SlotSet("next_flow", None)]


class ActionOpenTicket(ShopAction):
    action_name = "action_open_ticket"

    def perform(self, turn: Turn) -> list[Event]:
        text = turn.slots.get("ticket_text")
        if not text:
            return flow_is_over()
        subject = title(turn.slots.get("ticket_topic") or "complaint")
        number = order_number(Message(text, "", 1.0, (), (), is_button=False)) or turn.slots.get("order_id")
        with turn.writing() as session:
            opened = tickets.open_ticket(
                session,
                turn.viewer,
                subject,
                text,
                turn.slots.get("ticket_email"),
                turn.key(self.action_name),
                number,
                turn.context.photos,
            )
        turn.say(
            f"Thank you. Your ticket is **{opened.ticket_id}**, and a confirmation is on its way to "
            f"{opened.email_masked}. Our team will answer there.{_attached(opened)}"
        )
        return [*flow_ends(turn), SlotSet("next_flow", None), SlotSet("last_ticket", opened.ticket_id)]


class ActionTicketStatus(ShopAction):
    action_name = "action_ticket_status"

    def perform(self, turn: Turn) -> list[Event]:
        number = turn.message.first("ticket_id") or ("" if turn.message.is_button else turn.message.text)
        if not any(sign.isdigit() for sign in number):
            number = turn.slots.get("last_ticket") or ""
        if not any(sign.isdigit() for sign in number):
            turn.say("Please give me the ticket's number, like **T-48210**: it is in the mail that we sent you.")
            return []
        with turn.reading() as session:
            turn.say(_state(turn, tickets.ticket_status(session, turn.viewer, number)))
        return []


class ActionHandoff(ShopAction):
    """From the next message on a person has the conversation."""

    action_name = "action_handoff"

    def perform(self, turn: Turn) -> list[Event]:
        number = handoff_number(turn)
        turn.effect("handoff", ticket_id=number, reason="asked for a person")
        turn.say(
            f"I'm passing you on to our team: a person will answer you here. Your number is **{number}**. "
            "You can already write what it is about."
        )
        return flow_is_over()


def handoff_number(turn: Turn) -> str:
    """The same for the same message, so that a repeated turn names no second one."""
    key = turn.key("action_handoff")
    digest = hashlib.sha256(f"{key.conversation_id}\0{key.message_id}".encode()).hexdigest()
    return f"H-{int(digest[:12], 16) % 10**6:06d}"


def _attached(opened: TicketView) -> str:
    count = len(opened.photos)
    return "" if count == 0 else " Your photo is attached." if count == 1 else f" Your {count} photos are attached."


def _state(turn: Turn, found: TicketView) -> str:
    state = STATES.get(found.status, "has the state " + found.status).format(email=found.email_masked)
    opened = day(found.opened_at, turn.settings.locale)
    return f"Ticket **{found.ticket_id}** ({found.subject}), opened on {opened}, {state}."
