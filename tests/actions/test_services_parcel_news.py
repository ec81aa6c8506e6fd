"""Mails about late and delivered parcels: once, not about history, not to whoever is gone; no chat is set up."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from actions.background import Background
from actions.db.models import Customer, Order, OutboxMail, ParcelNews, Shipment
from actions.runtime import Runtime
from actions.services import parcel_news
from actions.services.parcel_news import ParcelNewsWorker

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=90)


def worker(shop, settings, now=NOW):
    return ParcelNewsWorker(shop.sessions, settings, clock=lambda: now)


def sent_orders(shop, count):
    """Orders of different customers that have one parcel each."""
    one = select(Shipment.order_id).group_by(Shipment.order_id).having(func.count() == 1)
    first = select(func.min(Order.id)).where(Order.id.in_(one)).group_by(Order.customer_id)
    with shop.reading.begin() as session:
        found = session.scalars(select(Order.id).where(Order.id.in_(first)).order_by(Order.id).limit(count)).all()
    assert len(found) == count
    return list(found)


def put(shop, order_id, *, status="shipped", promised_at=LONG_AGO, delivered_at=None):
    with shop.sessions.begin() as session:
        session.execute(update(Order).where(Order.id == order_id).values(status=status, promised_at=promised_at))
        session.execute(update(Shipment).where(Shipment.order_id == order_id).values(delivered_at=delivered_at))


def mails(shop):
    with shop.reading.begin() as session:
        return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def test_a_late_parcel_is_told_once(quiet_shop, shop_settings):
    (order_id,) = sent_orders(quiet_shop, 1)
    put(quiet_shop, order_id, promised_at=datetime(2026, 11, 26, 20, 0, tzinfo=UTC))
    assert [worker(quiet_shop, shop_settings).run_once() for _ in range(2)] == [1, 0]
    (mail,) = mails(quiet_shop)
    with quiet_shop.reading.begin() as session:
        order = session.get_one(Order, order_id)
        assert mail.recipient == order.customer.email
        assert order.shipments[0].tracking_number in mail.body
    assert mail.subject == f"Order {order_id} is late"
    assert "should have arrived by Nov 26, 2026" in mail.body
    assert "http://127.0.0.1:8000/" in mail.body


def test_a_delivery_is_told_once_also_after_it_was_late(quiet_shop, shop_settings):
    (order_id,) = sent_orders(quiet_shop, 1)
    put(quiet_shop, order_id, promised_at=NOW - timedelta(days=1))
    assert worker(quiet_shop, shop_settings).run_once() == 1
    put(quiet_shop, order_id, status="delivered", promised_at=NOW - timedelta(days=1), delivered_at=NOW)
    assert [worker(quiet_shop, shop_settings, NOW + timedelta(hours=n)).run_once() for n in (1, 2)] == [1, 0]
    assert [mail.subject.removeprefix(f"Order {order_id} ") for mail in mails(quiet_shop)] == [
        "is late",
        "was delivered",
    ]
    assert "was delivered on Nov 27, 2026" in mails(quiet_shop)[1].body
    with quiet_shop.reading.begin() as session:
        assert set(session.scalars(select(ParcelNews.kind))) == {"late", "delivered"}


@pytest.mark.parametrize(
    "order",
    [
        {"promised_at": NOW.replace(hour=8)},
        {"promised_at": NOW + timedelta(days=1)},
        {"promised_at": NOW - timedelta(days=4, hours=12)},
        {"promised_at": None},
        {"promised_at": NOW - timedelta(days=1), "status": "cancelled"},
        {"status": "delivered", "delivered_at": NOW - timedelta(days=3, seconds=1)},
        {"status": "returned", "delivered_at": NOW - timedelta(days=1)},
        {"promised_at": NOW - timedelta(days=1), "delivered_at": NOW - timedelta(days=3, seconds=1)},
    ],
    ids=["today", "tomorrow", "long over", "nobody knows", "cancelled", "old delivery", "came back", "carrier has it"],
)
def test_no_news(quiet_shop, shop_settings, order):
    (order_id,) = sent_orders(quiet_shop, 1)
    put(quiet_shop, order_id, **order)
    assert worker(quiet_shop, shop_settings).run_once() == 0


def test_an_order_in_two_parcels_is_delivered_with_the_last(quiet_shop, shop_settings):
    (order_id,) = sent_orders(quiet_shop, 1)
    put(quiet_shop, order_id, delivered_at=NOW - timedelta(hours=1))
    with quiet_shop.sessions.begin() as session:
        session.add(Shipment(order_id=order_id, tracking_number="SECOND", lines=[]))
    assert worker(quiet_shop, shop_settings).run_once() == 0
    put(quiet_shop, order_id, delivered_at=NOW)
    assert worker(quiet_shop, shop_settings).run_once() == 1
    assert "SECOND" in mails(quiet_shop)[0].body


def test_whoever_has_deleted_the_account_hears_nothing(quiet_shop, shop_settings):
    (order_id,) = sent_orders(quiet_shop, 1)
    put(quiet_shop, order_id, status="delivered", delivered_at=NOW)
    with quiet_shop.sessions.begin() as session:
        session.execute(update(Customer).values(erased_at=NOW))
    assert worker(quiet_shop, shop_settings).run_once() == 0


def test_a_round_is_bounded(quiet_shop, shop_settings, monkeypatch):
    monkeypatch.setattr(parcel_news, "BATCH", 2)
    for order_id in sent_orders(quiet_shop, 5):
        put(quiet_shop, order_id, status="delivered", delivered_at=NOW)
    assert [worker(quiet_shop, shop_settings).run_once() for _ in range(4)] == [2, 2, 1, 0]


def test_two_servers_tell_it_once(quiet_shop, shop_settings, at_once):
    orders = sent_orders(quiet_shop, 20)
    for order_id in orders:
        put(quiet_shop, order_id, status="delivered", delivered_at=NOW)
    told = at_once(4, lambda _: worker(quiet_shop, shop_settings).run_once())
    told.append(worker(quiet_shop, shop_settings).run_once())
    assert sum(told) == 20
    assert sorted(mail.subject for mail in mails(quiet_shop)) == sorted(
        f"Order {each} was delivered" for each in orders
    )


def test_the_row_and_the_mail_stand_or_fall_together(quiet_shop, shop_settings, monkeypatch):
    (order_id,) = sent_orders(quiet_shop, 1)
    put(quiet_shop, order_id, status="delivered", delivered_at=NOW)
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(parcel_news, "enqueue", lambda *_: 1 / 0)
        worker(quiet_shop, shop_settings).run_once()
    assert worker(quiet_shop, shop_settings).run_once() == 1


@pytest.mark.parametrize("is_on", [True, False])
def test_the_background_tells_it_only_where_the_shop_wants_it(quiet_shop, shop_url, shop_settings, tmp_path, is_on):
    (order_id,) = sent_orders(quiet_shop, 1)
    put(quiet_shop, order_id, status="delivered", delivered_at=datetime.now(UTC) - timedelta(minutes=1))
    values = {"shop_database_url": shop_url, "data_dir": str(tmp_path), "parcel_news_in_chat": False}
    settings = replace(shop_settings, parcel_news=is_on, **values)
    shop, stopping = Runtime.of(settings), threading.Event()
    background = Background(shop, stopping)
    background.start()
    end = time.monotonic() + (10 if is_on else 1)
    while time.monotonic() < end and not mails(quiet_shop):
        stopping.wait(0.05)
    background.stop()
    shop.close()
    assert len(mails(quiet_shop)) == int(is_on)
