"""What the gateway itself says to shoppers."""

from __future__ import annotations

from datetime import datetime

from contract.conversation import Button, Reply
from gateway.business_hours import FULL_DAYS

GREETING_BUTTONS = (
    Button("Track my order", "/track_order"),
    Button("Find a product", "/product_search"),
    Button("Talk to a person", "/contact_human_agent"),
)
PERSON_PAYLOAD = "gateway:person"

HANDOFF_ENDED_BY_SHOPPER = "You are talking to the bot again."
HANDOFF_ENDED_BY_OPERATOR = "Our team has closed this conversation. You are talking to the bot again."


RATINGS = ("Very bad", "Bad", "Okay", "Good", "Very good")
HOW_WAS_BOT = "How satisfied were you with the help of this bot?"
NO_NEWS, NEWS_PLEASE = "No parcel news", "Parcel news please"
NEWS_OFF = "I will not write to you here about parcels any more: you hear of them by mail."
NEWS_ON = "I will write to you here when a parcel of yours is late or was delivered, as far as I know of it."
RATED = "Thank you, that helps us."


def how_was_person(operator: str) -> str:
    return f"How satisfied were you with the help of {operator}?"


def greeting(shop_name: str) -> str:
    return f"Hi! I am the assistant of {shop_name}. Ask me about your order, our products or how things work here."


def fault(ticket: str) -> Reply:
    """An apology with a number that the log has too, and a way on."""
    return Reply(
        text="Sorry, something went wrong on our side and I could not answer that. "
        f"Please try again in a moment, or talk to a person. Your ticket is **{ticket}**.",
        buttons=(Button("Talk to a person", PERSON_PAYLOAD),),
    )


def waiting_for_person(ticket: str) -> Reply:
    return Reply(text=f"A person from our team will answer you here. Your ticket is **{ticket}**.")


def passed_on(ticket: str) -> Reply:
    return Reply(text=f"Your message was passed on to our team (ticket **{ticket}**). They will answer you here.")


def nobody_is_free(ticket: str) -> str:
    return (
        f"Nobody from our team is free right now: your ticket **{ticket}** stays open, our team will answer you "
        "by e-mail, and you are talking to the bot again."
    )


def operator_went_quiet(ticket: str) -> str:
    return (
        f"Our colleague had to leave: your ticket **{ticket}** stays open, our team will answer you by e-mail, and "
        "you are talking to the bot again."
    )


def still_nobody(ticket: str) -> str:
    return f"Nobody from our team is free yet. Your ticket **{ticket}** is still open, and you are talking to the bot."


def place_in_queue(ahead: int, *, minutes: int | None) -> str:
    """``minutes``: how long others waited lately, None where nobody can tell."""
    place = "You are next." if ahead == 0 else f"{ahead} {'person is' if ahead == 1 else 'people are'} before you."
    if minutes is None:
        return place
    return f"{place} Lately it took about {minutes} {'minute' if minutes == 1 else 'minutes'} until somebody answered."


def team_is_back(opens: datetime, *, now: float, ticket: str) -> str:
    """``opens`` in the shop's local time, within a week after ``now`` (unix seconds)."""
    days = (opens.date() - datetime.fromtimestamp(now, opens.tzinfo).date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {FULL_DAYS[opens.weekday()]}")
    return (
        f"Our team is not here right now. It is back {day} at {opens:%H:%M} ({opens.tzinfo}). "
        f"Your ticket **{ticket}** is kept until then."
    )


def repeating(text: str) -> str:
    """What was said in both of the last two answers already."""
    return f"I am repeating myself, sorry: a person can help where I can't.\n\n{text}"


def joined(operator: str) -> str:
    return f"{operator} has joined the conversation."
