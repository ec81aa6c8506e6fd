"""Tells the gateway whose accounts were deleted, until it has noted it: it erases what was said in conversations.

Not at once: the request that deleted the account may be repeated for a moment, and must find its result.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from actions.db.clock import utc_now
from actions.db.engine import transaction
from actions.db.models import Erasure, Order
from actions.services.erasure import forget_conversations
from actions.services.gateway_client import GatewayClient
from contract.conversation import AccountErased, ToBeErased
from contract.settings import Settings
from contract.wire import ShopclerkError, to_json

log = structlog.get_logger(__name__)
BATCH = 20
ORDERS_AT_ONCE = 500
TELL_AFTER = timedelta(minutes=10)
EVERY_S, LONGEST_PAUSE_S = 5.0, 300.0


class ErasureNewsWorker:
    """Several may run at once: the gateway takes the same news twice.

    Args:
        sessions: writing sessions of the shop's database.
        settings: ``gateway_url`` and ``secret_key`` are used.
        clock: this moment in UTC.
    """

    def __init__(
        self, sessions: sessionmaker[Session], settings: Settings, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._sessions, self._clock = sessions, clock
        self._gateway = GatewayClient(settings)

    def run_once(self) -> int:
        """Tells of at most ``BATCH`` accounts; returns of how many.

        Raises:
            Unavailable: the gateway or the database does not answer, or the gateway refuses.
        """
        customers = self._waiting()
        for customer_id, order_ids in customers.items():
            self._tell(customer_id, order_ids)
        return len(customers)

    def run_forever(self, stop: threading.Event) -> None:
        """Until ``stop`` is set. What does not answer is waited for, longer each time."""
        pause = EVERY_S
        while not stop.is_set():
            try:
                pause = 0.0 if self.run_once() == BATCH else EVERY_S
            except ShopclerkError as error:
                log.warning("erasure_news_wait", reason=error.message)
                pause = min(max(pause, EVERY_S) * 2, LONGEST_PAUSE_S)
            stop.wait(pause)

    def _waiting(self) -> dict[str, list[str]]:
        """Customers, with their orders."""
        with transaction(self._sessions) as session:
            due = select(Erasure.customer_id).where(Erasure.at <= self._clock() - TELL_AFTER).order_by(Erasure.at)
            found = list(session.scalars(due.limit(BATCH)))
            orders = session.execute(select(Order.customer_id, Order.id).where(Order.customer_id.in_(found))).all()
        return {each: [order_id for owner, order_id in orders if owner == each] for each in found}

    def _tell(self, customer_id: str, order_ids: list[str]) -> None:
        """What the shop's database keeps of these conversations goes at the same time."""
        found: set[str] = set()
        for start in range(0, max(len(order_ids), 1), ORDERS_AT_ONCE):
            erased = AccountErased(customer_id, tuple(order_ids[start : start + ORDERS_AT_ONCE]))
            found.update(self._gateway.post("/v1/erasures", to_json(erased), ToBeErased).conversations)
        with transaction(self._sessions) as session:
            forget_conversations(session, found)
            session.execute(delete(Erasure).where(Erasure.customer_id == customer_id))
