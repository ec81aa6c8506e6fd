"""Promo codes: whether one works, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.clock import utc_now
from actions.db.models import PromoCode, PromoUse
from actions.services.limits import Limit
from actions.services.money import Money
from contract.wire import InvalidInput, NotFound

LONGEST = 32
GUESS_LIMIT = Limit(
    "promo code guessed",
    count=5,
    minutes=60,
    sentence="Those were several codes that we don't know. Please wait an hour, or ask me for a person.",
)


@dataclass(frozen=True)
class PromoView:
    """``state``: good, early, over, used_up or used (by this customer, with ``used_for``).

    A code takes ``percent`` or ``amount`` off, from ``min_total`` on.
    """

    code: str
    state: str
    percent: int | None
    amount: Money | None
    min_total: Money | None
    valid_from: datetime | None
    valid_until: datetime | None
    once_per_customer: bool
    used_for: str | None = None


def clean_code(text: str) -> str:
    """A code in capitals, without what people write around it.

    Raises:
        InvalidInput: nothing that could be a code.
    """
    code = text.strip().strip(".,;:!?\"'()“”").upper()
    if not 3 <= len(code) <= LONGEST or not all(sign.isalnum() or sign in "-_" for sign in code):
        raise InvalidInput("A promo code has 3 to 32 letters and digits, like WELCOME10.")
    return code


def check_promo_code(session: Session, viewer: Viewer, text: str) -> PromoView:
    """What a code is good for. Unknown ones count as guesses, also after an error.

    Raises:
        InvalidInput: nothing that could be a code.
        NotFound: no such code.
        TooMany: five unknown codes in an hour from one conversation.
    """
    code = clean_code(text)
    GUESS_LIMIT.check(session, viewer.conversation_id)
    row = session.get(PromoCode, code)
    if row is None:
        GUESS_LIMIT.note(session, viewer.conversation_id)
        session.commit()
        raise NotFound(f"We have no code **{code}**. Please look at its spelling once more.")
    used_for = _used_for(session, viewer, row)
    return PromoView(
        code=row.code,
        state=_state(row, used_for),
        percent=row.percent,
        amount=_money(row.amount_minor, row),
        min_total=_money(row.min_total_minor, row),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        once_per_customer=row.once_per_customer,
        used_for=used_for,
    )


def _state(row: PromoCode, used_for: str | None) -> str:
    now = utc_now()
    if row.valid_from is not None and now < row.valid_from:
        return "early"
    if row.valid_until is not None and now > row.valid_until:
        return "over"
    if row.uses_left == 0:
        return "used_up"
    return "used" if used_for is not None else "good"


def _used_for(session: Session, viewer: Viewer, row: PromoCode) -> str | None:
    if not row.once_per_customer or not viewer.verified or viewer.customer_id is None:
        return None
    query = select(PromoUse.order_id).where(PromoUse.code == row.code, PromoUse.customer_id == viewer.customer_id)
    return session.scalar(query.limit(1))


def _money(minor: int | None, row: PromoCode) -> Money | None:
    return None if minor is None else Money(minor, row.currency)
