"""One-time codes: who can read the mail of an account is its customer."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Customer, OneTimeCode
from actions.services.idempotency import IdempotencyKey, once
from actions.services.limits import Limit
from actions.services.mails import enqueue
from actions.services.masking import clean_email, mask_email
from actions.services.views import CodeSent
from contract.wire import Forbidden

VALID_MINUTES = 10
MAX_TRIES = 5
_TOO_MANY = "I have sent several codes already. Please wait an hour, or ask me for a person."
ADDRESS_LIMIT = Limit("code by address", count=3, minutes=60, sentence=_TOO_MANY)
CONVERSATION_LIMIT = Limit("code by conversation", count=5, minutes=60, sentence=_TOO_MANY)


class WrongCode(Forbidden):
    """The code is wrong, over or used up; the sentence says what to do."""

    error_type = "wrong_code"


def request_code(
    session: Session, conversation_id: str, contact_email: str, key: IdempotencyKey, *, to_anybody: bool = False
) -> CodeSent:
    """Mails a 6-digit code to ``contact_email`` if a customer has it; the answer is the same if none has.

    ``to_anybody``: also if none has it, to prove an address that shall belong to an account (``check_address``).
    The code is good for 10 minutes and 5 tries, in this conversation only; a new one makes older ones void.

    Raises:
        InvalidInput: not an e-mail address.
        TooMany: more than 3 codes in an hour for this address or 5 for this conversation.
    """
    email = clean_email(contact_email)
    request = {"email": _digest(email)}

    def send() -> CodeSent:
        return _send(session, conversation_id, email, key, to_anybody=to_anybody)

    return once(session, key, send, kind=CodeSent, request=request)


def check_code(session: Session, conversation_id: str, code: str) -> str:
    """The id of the customer whom the code of this conversation proves. A code works once.

    A failed try is committed at once: after an error the session's transaction is over.

    Raises:
        WrongCode: wrong, over, used up, or never asked for.
    """
    row = _tried(session, conversation_id, code, lambda row: row.customer_id is not None)
    assert row.customer_id is not None
    return row.customer_id


def check_address(session: Session, conversation_id: str, email: str, code: str) -> str | None:
    """The customer who has the address ``email``, which the code proves to be the shopper's; None if nobody has it.

    Raises:
        InvalidInput: not an e-mail address.
        WrongCode: as ``check_code``, or the code was sent to another address.
    """
    digest = _digest(clean_email(email))
    return _tried(session, conversation_id, code, lambda row: row.email_digest == digest).customer_id


def _tried(session: Session, conversation_id: str, code: str, may_prove: Callable[[OneTimeCode], bool]) -> OneTimeCode:
    row = _open_code(session, conversation_id)
    if row is None:
        raise WrongCode("There is no code that I could check. Shall I send you a new one?")
    row.tries += 1
    right = hmac.compare_digest(_hash(re.sub(r"\D", "", code)[:12], row.salt), row.code_hash)
    if right and may_prove(row):
        row.closed_at = utc_now()
        return row
    left = MAX_TRIES - row.tries
    session.commit()
    if left <= 0:
        raise WrongCode("That code is wrong, and it was the last try. Shall I send you a new one?")
    raise WrongCode(f"That code is wrong. Please look again: {left} {'try' if left == 1 else 'tries'} left.")


def _send(session: Session, conversation_id: str, email: str, key: IdempotencyKey, *, to_anybody: bool) -> CodeSent:
    digest = _digest(email)
    for limit, subject in ((CONVERSATION_LIMIT, conversation_id), (ADDRESS_LIMIT, digest)):
        limit.check(session, subject)
        limit.note(session, subject)
    code, now = f"{secrets.randbelow(10**6):06d}", utc_now()
    customer_id = session.scalar(select(Customer.id).where(Customer.email == email))
    _close_older(session, conversation_id)
    salt = secrets.token_hex(16)
    row = OneTimeCode(
        conversation_id=conversation_id,
        email_digest=digest,
        customer_id=customer_id,
        salt=salt,
        code_hash=_hash(code, salt),
        created_at=now,
        expires_at=now + timedelta(minutes=VALID_MINUTES),
    )
    session.add(row)
    if customer_id is not None or to_anybody:
        enqueue(session, email, "Your code", _mail_text(code), key)
    return CodeSent(mask_email(email), VALID_MINUTES)


def _open_code(session: Session, conversation_id: str) -> OneTimeCode | None:
    query = select(OneTimeCode).where(
        OneTimeCode.conversation_id == conversation_id,
        OneTimeCode.closed_at.is_(None),
        OneTimeCode.expires_at > utc_now(),
        OneTimeCode.tries < MAX_TRIES,
    )
    return session.scalar(query.order_by(OneTimeCode.id.desc()).limit(1).with_for_update())


def _close_older(session: Session, conversation_id: str) -> None:
    older = (OneTimeCode.conversation_id == conversation_id, OneTimeCode.closed_at.is_(None))
    session.execute(update(OneTimeCode).where(*older).values(closed_at=utc_now()))


def _digest(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()


def _hash(code: str, salt: str) -> str:
    # A million codes times 20 ms: longer than the ten minutes for which a code is good.
    return hashlib.scrypt(code.encode(), salt=bytes.fromhex(salt), n=2**13, r=8, p=1, dklen=32).hex()


def _mail_text(code: str) -> str:
    return (
        f"Your code is {code}\n\nIt is good for {VALID_MINUTES} minutes, in the chat where you asked for it. "
        "We will never ask you for it anywhere else. If you did not ask for it, you need not do anything."
    )
