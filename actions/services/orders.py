"""Orders: look one up, list them, prove that one is yours."""

from __future__ import annotations

import hmac
import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.models import Customer, Order
from actions.services.limits import Limit
from actions.services.order_rows import (
    UNKNOWN_ORDER,
    normalise_order_id,
    order_view,
    own_orders,
    visible_order,
)
from actions.services.policy import Policy
from actions.services.views import OrderView
from contract.wire import NotFound

__all__ = ["get_order", "identify", "list_orders", "normalise_order_id"]

_TOO_OFTEN = "That was not right several times. Please try again in a while, or ask me for a person."
CONVERSATION_LIMIT = Limit("look-up by conversation", count=5, minutes=15, sentence=_TOO_OFTEN)
ORDER_LIMIT = Limit("look-up of order", count=20, minutes=60, sentence=_TOO_OFTEN)


def identify(session: Session, order_id: str, contact: str, *, conversation_id: str) -> str:
    """The normalised order number, if ``contact`` is the customer's e-mail address or the order's zip code.

    A failed try is committed at once (so that a rollback does not forget it): after an error the session's
    transaction is over.

    Raises:
        NotFound: unknown order or wrong contact: one sentence, the same work.
        TooMany: 5 failed tries of a conversation in 15 minutes, or 20 for an order number in an hour.
    """
    number = normalise_order_id(order_id) or ""
    CONVERSATION_LIMIT.check(session, conversation_id)
    ORDER_LIMIT.check(session, number)
    query = select(Customer.email, Order.ship_zip).join(Order.customer).where(Order.id == number)
    email, zip_code = session.execute(query).one_or_none() or ("", "")
    # Both comparisons are always made, with an unknown order against nothing, so that the time tells nothing.
    by_email = _same(contact.strip().strip("<>.,;!?").lower(), email)
    by_zip = _same(_zip_key(contact), _zip_key(zip_code))
    if by_email | by_zip:
        return number
    CONVERSATION_LIMIT.note(session, conversation_id)
    ORDER_LIMIT.note(session, number)
    session.commit()
    raise NotFound(UNKNOWN_ORDER)


def get_order(session: Session, viewer: Viewer, order_id: str, policy: Policy) -> OrderView:
    """The order, for its verified customer or whoever identified it.

    Raises:
        NotFound: no such order, or another customer's: one sentence.
        NeedsIdentification: the viewer is neither verified nor has identified this order.
    """
    return order_view(session, visible_order(session, viewer, order_id), policy)


def list_orders(session: Session, viewer: Viewer, policy: Policy, limit: int = 5) -> list[OrderView]:
    """The customer's orders, newest first.

    Raises:
        NeedsVerification: the viewer is not verified.
    """
    return [order_view(session, order, policy) for order in own_orders(session, viewer, limit)]


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode()) & (known != "")


def _zip_key(text: str) -> str:
    """Upper case, no blanks; of a US ZIP+4 only the five digits."""
    key = re.sub(r"[^0-9A-Z-]", "", text.upper())
    return key[:5] if re.fullmatch(r"[0-9]{5}-[0-9]{4}", key) else key.replace("-", "")
