"""Who may do what: three levels, one table, and the viewer that every action gets from the signed context."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass

from contract.conversation import Context
from contract.settings import Settings
from contract.wire import Forbidden


class Level(enum.IntEnum):
    """Each level may do what the lower ones may."""

    ANONYMOUS = 0
    IDENTIFIED = 1
    VERIFIED = 2


class NeedsIdentification(Forbidden):
    """This needs the order number with the matching e-mail address or zip code."""

    error_type = "needs_identification"


class NeedsVerification(Forbidden):
    """This needs a verified customer: the shop's login or a one-time code."""

    error_type = "needs_verification"


PERMISSIONS: dict[str, Level] = {
    "action_account": Level.ANONYMOUS,
    "action_answer_knowledge": Level.ANONYMOUS,
    "action_check_promo": Level.ANONYMOUS,
    "action_check_stock": Level.ANONYMOUS,
    "action_compare_products": Level.ANONYMOUS,
    "action_change_account": Level.ANONYMOUS,  # a new account is for strangers; the services ask who it is
    "action_fallback": Level.ANONYMOUS,
    "action_handoff": Level.ANONYMOUS,
    "action_inform_outside": Level.ANONYMOUS,
    "action_notify_in_stock": Level.ANONYMOUS,
    "action_open_ticket": Level.ANONYMOUS,
    "action_out_of_scope": Level.ANONYMOUS,
    "action_place_order": Level.ANONYMOUS,
    "action_product_price": Level.ANONYMOUS,
    "action_promo": Level.ANONYMOUS,
    "action_put_right": Level.ANONYMOUS,
    "action_product_question": Level.ANONYMOUS,
    "action_recommend": Level.ANONYMOUS,
    "action_refine_search": Level.ANONYMOUS,
    "action_reply_outside": Level.ANONYMOUS,
    "action_report": Level.ANONYMOUS,
    "action_search_products": Level.ANONYMOUS,
    "action_size_advice": Level.ANONYMOUS,
    "action_ticket_status": Level.ANONYMOUS,  # the service shows a ticket only to whom it belongs
    "action_get_invoice": Level.IDENTIFIED,  # it goes to the address on file
    "action_order_details": Level.IDENTIFIED,
    "action_report_facts": Level.IDENTIFIED,
    "action_track_order": Level.IDENTIFIED,
    "action_track_refund": Level.IDENTIFIED,
    "action_buy": Level.VERIFIED,
    "action_gift_card_balance": Level.VERIFIED,
    "action_list_orders": Level.VERIFIED,
    "action_make_change": Level.VERIFIED,
}
"""The level that an action needs. An action that is missing here needs ``VERIFIED``."""


@dataclass(frozen=True)
class Viewer:
    """Who is asking, as the gateway vouches for it. ``verified`` ends after ``session_max_hours``; the gateway
    itself ends it when the session is idle, by leaving ``customer_id`` out."""

    conversation_id: str
    message_id: str
    customer_id: str | None = None
    identified_orders: tuple[str, ...] = ()
    verified: bool = False

    def level(self, order_id: str | None = None) -> Level:
        """The level of this viewer, for one order if it is named."""
        if self.verified and self.customer_id is not None:
            return Level.VERIFIED
        known = bool(self.identified_orders) if order_id is None else order_id in self.identified_orders
        return Level.IDENTIFIED if known else Level.ANONYMOUS


def viewer_from(context: Context, settings: Settings, *, now: float | None = None) -> Viewer:
    """The viewer of a turn. ``now`` is unix seconds (default: this moment)."""
    return Viewer(
        conversation_id=context.conversation_id,
        message_id=context.message_id,
        customer_id=context.customer_id,
        identified_orders=context.identified_orders,
        verified=_is_fresh(context, settings, time.time() if now is None else now),
    )


def require(viewer: Viewer, action: str, order_id: str | None = None) -> None:
    """Nothing, if ``viewer`` may do ``action`` (with ``order_id``, where it concerns an order).

    Raises:
        NeedsIdentification: the order number with its e-mail address or zip code would be enough.
        NeedsVerification: a verified customer is needed.
    """
    needed = PERMISSIONS.get(action, Level.VERIFIED)
    if viewer.level(order_id) >= needed:
        return
    if needed is Level.IDENTIFIED:
        raise NeedsIdentification("Please tell me the order number and the e-mail address or zip code of the order.")
    raise NeedsVerification("Please verify that it is you first: I can send a code to your e-mail address.")


def _is_fresh(context: Context, settings: Settings, now: float) -> bool:
    if context.customer_id is None or context.verified_at is None:
        return False
    return now - context.verified_at <= settings.session_max_hours * 3600
