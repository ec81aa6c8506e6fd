"""Tells customers once each that a parcel is late and that it was delivered: in a chat that takes it, else by mail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload, sessionmaker

from actions.buttons import PERSON, button, ticket
from actions.db.clock import utc_now
from actions.db.engine import transaction
from actions.db.models import Customer, Order, ParcelNews, Shipment
from actions.services.chats import Chats
from actions.services.idempotency import IdempotencyKey
from actions.services.mails import enqueue
from actions.services.tracking import ON_ITS_WAY
from actions.wording import day, listed
from contract.conversation import Button, NewsResult
from contract.settings import Settings
from contract.wire import ShopclerkError

log = structlog.get_logger(__name__)
LATE, DELIVERED = "late", "delivered"
LOOK_BACK = timedelta(days=3)
BATCH = 100
_PARCELS = select(Shipment.id).where(Shipment.order_id == Order.id)
_ON_THE_ROAD = _PARCELS.where(Shipment.delivered_at.is_(None))


class ParcelNewsWorker:
    """Several may run at once: each order's news is told by one of them.

    Args:
        sessions: writing sessions of the shop's database.
        settings: ``locale`` and ``public_url`` are used.
        chats: where news may go instead of a mail; None: nowhere.
        clock: this moment in UTC.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        settings: Settings,
        chats: Chats | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._sessions, self._settings, self._chats, self._clock = sessions, settings, chats, clock

    def run_once(self) -> int:
        """Tells of at most ``BATCH`` late and ``BATCH`` delivered orders; returns how many.

        Raises:
            Unavailable: the database or the gateway does not answer. What was told until then is told.
        """
        now = self._clock()
        return sum(self._tell_of(kind, due, now) for kind, due in ((LATE, _late(now)), (DELIVERED, _delivered(now))))

    def run_forever(self, stop: threading.Event, *, every_s: float = 60.0) -> None:
        """Until ``stop`` is set. A database or a gateway that is down is waited for."""
        while not stop.is_set():
            try:
                self.run_once()
            except ShopclerkError as error:
                log.warning("parcel_news_wait", reason=error.message)
            stop.wait(every_s)

    def _tell_of(self, kind: str, due: Select[Order, str], now: datetime) -> int:
        """Page by page: what waits for a messenger must not hold up the others."""
        told, last = 0, ""
        while True:
            with transaction(self._sessions) as session:
                page = session.execute(_untold(due, kind).where(Order.id > last).limit(BATCH)).all()
            for order, _ in page:
                told += self._tell(order, kind, due, now)
                if told == BATCH:
                    return told
            if len(page) < BATCH:
                return told
            last = page[-1][0].id

    def _tell(self, order: Order, kind: str, due: Select[Order, str], now: datetime) -> bool:
        """Outside a transaction it asks the gateway, which knows what it has taken already."""
        said = self._in_chat(order, kind)
        if said.state == "waiting":
            return False
        needs_mail = said.state != "told" or not said.is_verified
        with transaction(self._sessions) as session:
            found = session.execute(_locked(_untold(due, kind).where(Order.id == order.id))).first()
            if found is None or not _claim(session, order.id, kind, now):
                return False
            if needs_mail:
                self._mail(session, *found, kind)
        return True

    def _in_chat(self, order: Order, kind: str) -> NewsResult:
        if self._chats is None:
            return NewsResult("none")
        return self._chats.tell(kind, order.id, order.customer_id, self._text(order, kind), _buttons(order, kind))

    def _mail(self, session: Session, order: Order, email: str, kind: str) -> None:
        key = IdempotencyKey("parcel_news", order.id, kind)
        subject = f"Order {order.id} " + ("is late" if kind == LATE else "was delivered")
        chat = self._settings.public_address("/")
        ways_on = {
            LATE: f"You can ask where it is, or for a person, in our chat: {chat}",
            DELIVERED: f"If it is not there, or something is wrong with it, please tell us in our chat: {chat}",
        }
        enqueue(session, email, subject, f"{self._text(order, kind)}\n\n{ways_on[kind]}", key)

    def _text(self, order: Order, kind: str) -> str:
        locale = self._settings.locale
        numbers = listed([parcel.tracking_number for parcel in order.shipments])
        if kind == LATE:
            promised = f"by {day(order.promised_at, locale)}" if order.promised_at else "by now"
            news = f"We are sorry: order {order.id} should have arrived {promised}, and it has not yet."
        else:
            last = max(parcel.delivered_at for parcel in order.shipments if parcel.delivered_at)
            news = f"Order {order.id} was delivered on {day(last, locale)}."
        return f"{news}\n\nTracking number: {numbers}" if numbers else news


def _buttons(order: Order, kind: str) -> list[Button]:
    if kind == LATE:
        return [
            button("Where is it?", "track_order", order_id=order.id),
            ticket("late_delivery", order_id=order.id),
            PERSON,
        ]
    return [button("It's not here", "missing_parcel", order_id=order.id), PERSON]


def _late(now: datetime) -> Select[Order, str]:
    """Orders whose promised day has ended lately, and that are still on their way."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    is_due = (Order.promised_at < today, Order.promised_at >= today - LOOK_BACK)
    is_waiting = ~_PARCELS.exists() | _ON_THE_ROAD.exists()
    return _orders().where(Order.status.in_(ON_ITS_WAY), *is_due, is_waiting)


def _delivered(now: datetime) -> Select[Order, str]:
    """Orders whose last parcel was delivered lately."""
    lately = _PARCELS.where(Shipment.delivered_at >= now - LOOK_BACK, Shipment.delivered_at <= now)
    is_open = Order.status.in_((*ON_ITS_WAY, "delivered"))
    return _orders().where(is_open, lately.exists(), ~_ON_THE_ROAD.exists())


def _orders() -> Select[Order, str]:
    query = select(Order, Customer.email).join(Order.customer).where(Customer.erased_at.is_(None))
    return query.options(selectinload(Order.shipments))


def _untold(due: Select[Order, str], kind: str) -> Select[Order, str]:
    told = select(ParcelNews.kind).where(ParcelNews.order_id == Order.id, ParcelNews.kind == kind)
    return due.where(~told.exists()).order_by(Order.id)


def _locked(query: Select[Order, str]) -> Select[Order, str]:
    """No customer is erased before the mail is in the outbox: their row is locked until then."""
    return query.with_for_update(of=Customer, key_share=True, skip_locked=True)


def _claim(session: Session, order_id: str, kind: str, now: datetime) -> bool:
    """True if nobody has told it; on PostgreSQL this waits for another transaction that is about to."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(ParcelNews).values(order_id=order_id, kind=kind, told_at=now)
    return session.execute(statement.on_conflict_do_nothing().returning(ParcelNews.kind)).first() is not None
