"""An order that its customer wants to change, as all services see it that change orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from actions.access import Viewer
from actions.db.models import Order
from actions.services import eligibility
from actions.services.idempotency import IdempotencyKey, once
from actions.services.order_rows import normalise_order_id, order_view, own_order, require_verified
from actions.services.policy import Policy
from actions.services.views import OrderView
from contract.wire import Conflict

T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """``order_id`` as the shopper wrote it; ``policy`` says what may be done."""

    session: Session
    viewer: Viewer
    order_id: str
    policy: Policy

    def order(self) -> Order:
        """The order's row.

        Raises:
            NotFound: no such order, or another customer's.
            NeedsVerification: the viewer is not verified.
        """
        return own_order(self.session, self.viewer, self.order_id)

    def order_to_change(self, kind: str) -> Order:
        """The order's row, which nobody else changes until the transaction ends.

        Raises:
            NotFound, NeedsVerification: as ``order``.
            Conflict: the policy does not allow this ``kind`` of change now.
        """
        order = own_order(self.session, self.viewer, self.order_id, lock=True)
        refused = self.why_not(order, kind)
        if refused is not None:
            raise Conflict(refused)
        return order

    def why_not(self, order: Order, kind: str) -> str | None:
        """A sentence where the policy does not allow this ``kind`` of change now."""
        return eligibility.why_not(self.session, order, kind, self.policy)

    def view(self, order: Order) -> OrderView:
        return order_view(self.session, order, self.policy)

    def once(self, key: IdempotencyKey, make: Callable[[], T], result: type[T], /, **request: Any) -> T:
        """What ``make`` gives (a ``result``), or gave when ``key`` was used first. ``request``: JSON of what is asked.

        Raises:
            NeedsVerification: the viewer is not verified.
            Conflict: the key was used for something else.
        """
        require_verified(self.viewer)
        asked = {"customer_id": self.viewer.customer_id, "order_id": normalise_order_id(self.order_id), **request}
        return once(self.session, key, make, kind=result, request=asked)
