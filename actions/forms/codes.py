"""The mailed code, as the cancel form and the verify form ask for it."""

from __future__ import annotations

from actions.buttons import PERSON
from actions.forms import reading
from actions.forms.base import Slots, WrongValue
from actions.services import identity
from actions.services.masking import clean_email
from actions.turn import Turn

RESEND = "verify_identity"
NO_EMAIL = "I need an e-mail address here, like name@example.com: that's where the code goes."
NO_CODE = "The code has 6 digits. It is in the mail that I sent you."


def email_in(turn: Turn) -> str:
    """The address in the message, in lower case.

    Raises:
        WrongValue, InvalidInput: there is none.
    """
    given = reading.email(turn.message)
    if given is None:
        raise WrongValue(NO_EMAIL, PERSON)
    return clean_email(given)


def take_email(turn: Turn, slots: Slots, action: str) -> None:
    """Sends a code to the address in the message."""
    slots["contact"] = email_in(turn)
    send_code(turn, slots, action)


def send_code(turn: Turn, slots: Slots, action: str) -> None:
    """Says the same for a known and an unknown address."""
    with turn.writing() as session:
        sent = identity.request_code(session, turn.viewer.conversation_id, slots["contact"], turn.key(action))
    turn.say(
        f"If {sent.sent_to_masked} belongs to an account here, a code is on its way there now. "
        f"It is good for {sent.valid_minutes} minutes."
    )


def take_code(turn: Turn, slots: Slots, action: str) -> None:
    """Checks the code in the message; a wish for a new one, or another address, sends a new one.

    Raises:
        WrongCode: wrong, over or used up.
    """
    other = reading.email(turn.message)
    if other is not None and not turn.message.is_button:
        return take_email(turn, slots, action)
    given = reading.code(turn.message)
    if given is None and turn.message.intent == RESEND:
        return send_code(turn, slots, action)
    if given is None:
        raise WrongValue(NO_CODE, PERSON)
    with turn.writing() as session:
        customer_id = identity.check_code(session, turn.viewer.conversation_id, given)
    turn.effect("verified", customer_id=customer_id)
    slots["code"] = "right"
    return None


def send_proof(turn: Turn, email: str, action: str) -> None:
    """Sends a code to an address that the shopper says is theirs, whether an account has it or not."""
    with turn.writing() as session:
        key = turn.key(f"{action} proof")
        sent = identity.request_code(session, turn.viewer.conversation_id, email, key, to_anybody=True)
    turn.say(f"A code is on its way to {sent.sent_to_masked}. It is good for {sent.valid_minutes} minutes.")


def take_proof(turn: Turn, email: str, action: str) -> tuple[str, str | None]:
    """Checks the code that proves ``email``; a wish for a new one, or another address, sends a new one.

    Returns the address that is to be proved, and who has it: a customer's id, empty where nobody has it, None where
    it is not proved yet.

    Raises:
        WrongCode: wrong, over or used up.
    """
    other = reading.email(turn.message)
    if other is not None and not turn.message.is_button:
        email = clean_email(other)
        send_proof(turn, email, action)
        return email, None
    given = reading.code(turn.message)
    if given is None and turn.message.intent == RESEND:
        send_proof(turn, email, action)
        return email, None
    if given is None:
        raise WrongValue(NO_CODE, PERSON)
    with turn.writing() as session:
        return email, identity.check_address(session, turn.viewer.conversation_id, email, given) or ""


def is_answer(turn: Turn, requested: str) -> bool:
    """Whether the message holds the address or code that was asked for, or asks for a new code."""
    email = reading.email(turn.message)
    if requested == "contact":
        return reading.is_bare(turn.message, email)
    value = reading.code(turn.message) or email
    return reading.is_bare(turn.message, value) or turn.message.intent == RESEND
