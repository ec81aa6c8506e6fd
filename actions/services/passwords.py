"""A link with which a customer sets a new password on the shop's own page. No password ever comes here."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import jwt
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db.clock import utc_now
from actions.db.models import Customer
from actions.services.idempotency import IdempotencyKey, once
from actions.services.limits import Limit
from actions.services.mails import enqueue
from actions.services.masking import clean_email, mask_email
from actions.services.views import CodeSent
from contract.settings import Settings
from contract.wire import InvalidInput

VALID_MINUTES = 30
AUDIENCE = "password-reset"
_TOO_MANY = "I have sent several links already. Please look into your spam folder, or ask me for a person."
LINK_LIMIT = Limit("password link", count=3, minutes=60, sentence=_TOO_MANY)
CONVERSATION_LIMIT = Limit("password link by conversation", count=5, minutes=60, sentence=_TOO_MANY)


def check_settings(settings: Settings) -> None:
    """
    Raises:
        InvalidInput: the page's address is none, or there is no key to sign its links with.
    """
    if not settings.password_reset_url:
        return
    parts = urlsplit(settings.password_reset_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        raise InvalidInput("SHOPCLERK_PASSWORD_RESET_URL must be an http(s) address without a #fragment.")
    if not settings.shop_token_key:
        raise InvalidInput("SHOPCLERK_PASSWORD_RESET_URL needs SHOPCLERK_SHOP_TOKEN_KEY, which signs its links.")


def send_link(session: Session, conversation_id: str, email: str, settings: Settings, key: IdempotencyKey) -> CodeSent:
    """Mails the link if a customer has this address; the answer is the same if none has.

    The link's ``token`` is a JWT (HS256, ``SHOPCLERK_SHOP_TOKEN_KEY``): ``sub`` the customer, ``aud``
    ``password-reset``, good for 30 minutes. The shop's page must take each only once (``jti``).

    Raises:
        InvalidInput: not an e-mail address.
        TooMany: 3 links in an hour for this address, or 5 for this conversation.
    """
    email = clean_email(email)

    def send() -> CodeSent:
        digest = hashlib.sha256(email.encode()).hexdigest()
        for limit, subject in ((CONVERSATION_LIMIT, conversation_id), (LINK_LIMIT, digest)):
            limit.check(session, subject)
            limit.note(session, subject)
        customer_id = session.scalar(select(Customer.id).where(Customer.email == email))
        if customer_id is not None:
            enqueue(session, email, "A new password", _mail_text(_link(customer_id, settings, key)), key)
        return CodeSent(mask_email(email), VALID_MINUTES)

    return once(session, key, send, kind=CodeSent, request={"email": hashlib.sha256(email.encode()).hexdigest()})


def _link(customer_id: str, settings: Settings, key: IdempotencyKey) -> str:
    claims = {
        "sub": customer_id,
        "aud": AUDIENCE,
        "exp": utc_now() + timedelta(minutes=VALID_MINUTES),
        "jti": hashlib.sha256(f"{key.conversation_id}\0{key.message_id}".encode()).hexdigest()[:32],
    }
    token = jwt.encode(claims, settings.shop_token_key, algorithm="HS256")
    joint = "&" if urlsplit(settings.password_reset_url).query else "?"
    return f"{settings.password_reset_url}{joint}{urlencode({'token': token})}"


def _mail_text(link: str) -> str:
    return (
        f"With this link you set a new password. It is good for {VALID_MINUTES} minutes and works once:\n\n{link}\n\n"
        "If you did not ask for it, you need not do anything: your password stays as it is."
    )
