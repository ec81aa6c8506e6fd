"""What the gateway itself says to shoppers."""

from __future__ import annotations

from contract.conversation import Button, Reply

GREETING_BUTTONS = (
    Button("Track my order", "/track_order"),
    Button("Find a product", "/product_search"),
    Button("Talk to a person", "/contact_human_agent"),
)
PERSON_PAYLOAD = "gateway:person"

HANDOFF_ENDED_BY_SHOPPER = "You are talking to the bot again."
HANDOFF_ENDED_BY_OPERATOR = "Our team has closed this conversation. You are talking to the bot again."


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


def joined(operator: str) -> str:
    return f"{operator} has joined the conversation."
