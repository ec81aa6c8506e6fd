"""Parcel news out of the shop's database into chats: a real gateway, a local messenger, and the mail."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from actions.db.models import Order
from actions.services import parcel_news
from actions.services.chats import Chats
from actions.services.parcel_news import ParcelNewsWorker
from contract.wire import Unavailable
from tests.actions.test_services_parcel_news import mails, put, sent_orders
from tests.bot.http_double import HttpDouble
from tests.gateway.channels.people import OnTelegram
from tests.gateway.channels.provider import Provider
from tests.gateway.conftest import SECRET, BotProcess, GatewayProcess, wait_for

NOW = datetime.now(UTC)
LATE = NOW - timedelta(days=1)


@pytest.fixture(scope="module")
def telegram():
    provider = Provider(OnTelegram.usual)
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def bot():
    made = BotProcess()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def gateway(telegram, bot, tmp_path):
    """One that has told nothing yet: the shop of each test has the same orders."""
    settings = {**OnTelegram.settings, **OnTelegram.urls(telegram), "turn_deadline_s": "5"}
    made = GatewayProcess(tmp_path / "gateway", bot.url, settings)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def ana(gateway, telegram):
    telegram.next_answers.clear()
    return OnTelegram(gateway, telegram)


@pytest.fixture
def settings(shop_settings, gateway):
    return replace(shop_settings, secret_key=SECRET, gateway_url=gateway.url)


@pytest.fixture
def worker(quiet_shop, settings):
    return ParcelNewsWorker(quiet_shop.sessions, settings, Chats(settings))


@pytest.fixture
def order(quiet_shop):
    """A late order."""
    (order_id,) = sent_orders(quiet_shop, 1)
    put(quiet_shop, order_id, promised_at=LATE)
    with quiet_shop.reading.begin() as session:
        return session.get_one(Order, order_id)


def say(person, words):
    count = len(person.got)
    person.write(words)
    wait_for(lambda: len(person.got) > count)


def run(worker):
    """Rounds until one tells something: a messenger may have been waited for."""
    return wait_for(worker.run_once, seconds=20)


def told(person, order_id):
    return [text for text in person.texts if f"order {order_id} should have arrived" in text]


def subjects(shop):
    return [mail.subject for mail in mails(shop)]


def test_a_verified_customer_hears_it_in_the_messenger_instead_of_by_mail(worker, quiet_shop, order, ana):
    say(ana, f"verify {order.customer_id}")
    assert run(worker) == 1
    assert worker.run_once() == 0
    (text,) = told(ana, order.id)
    assert "Tracking number" in text and "http" not in text
    assert {"Where is it?", "Open a ticket about this", "Talk to a person", "No parcel news"} <= set(ana.buttons)
    put(quiet_shop, order.id, status="delivered", promised_at=LATE, delivered_at=NOW)
    assert run(worker) == 1
    assert f"Order {order.id} was delivered" in ana.texts[-1]
    assert mails(quiet_shop) == []


def test_who_named_the_order_hears_it_beside_the_mail(worker, quiet_shop, order, ana):
    say(ana, f"identify {order.id}")
    assert run(worker) == 1
    assert len(told(ana, order.id)) == 1
    assert subjects(quiet_shop) == [f"Order {order.id} is late"]
    assert worker.run_once() == 0


def test_where_no_chat_takes_it_the_mail_is_sent(worker, quiet_shop, order, ana):
    say(ana, "verify somebody-else")
    assert worker.run_once() == 1
    assert subjects(quiet_shop) == [f"Order {order.id} is late"]
    assert told(ana, order.id) == []


def test_who_wants_none_in_the_chat_gets_the_mail(worker, quiet_shop, order, ana):
    say(ana, f"verify {order.customer_id}")
    say(ana, "no parcel news")
    assert worker.run_once() == 1
    assert subjects(quiet_shop) == [f"Order {order.id} is late"]
    assert told(ana, order.id) == []


def test_what_the_messenger_refuses_comes_by_mail(worker, quiet_shop, order, ana, telegram):
    say(ana, f"verify {order.customer_id}")
    telegram.next_answers.append((403, {"ok": False, "error_code": 403, "description": "Forbidden: blocked"}))
    assert run(worker) == 1
    assert subjects(quiet_shop) == [f"Order {order.id} is late"]
    assert told(ana, order.id) == []


def test_a_round_that_ends_between_chat_and_database_tells_it_once(worker, quiet_shop, order, ana, monkeypatch):
    say(ana, f"verify {order.customer_id}")
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(parcel_news, "_claim", lambda *_: 1 / 0)
        wait_for(worker.run_once)
    assert run(worker) == 1
    assert len(told(ana, order.id)) == 1
    assert mails(quiet_shop) == []


def test_several_servers_tell_it_once(quiet_shop, settings, ana, at_once):
    orders = sent_orders(quiet_shop, 6)
    for order_id in orders:
        put(quiet_shop, order_id, promised_at=LATE)
    with quiet_shop.reading.begin() as session:
        customers = [session.get_one(Order, each).customer_id for each in orders]
    people = [ana, *(OnTelegram(ana.gateway, ana.provider) for _ in orders[1:])]
    for person, customer in zip(people, customers, strict=True):
        say(person, f"verify {customer}")
    made = [ParcelNewsWorker(quiet_shop.sessions, settings, Chats(settings)) for _ in range(3)]
    counts = at_once(3, lambda number: made[number % 3].run_once())
    wait_for(lambda: counts.append(made[0].run_once()) or sum(counts) == len(orders))
    assert [len(told(person, order_id)) for person, order_id in zip(people, orders, strict=True)] == [1] * 6
    assert mails(quiet_shop) == []


def test_what_waits_for_a_messenger_holds_up_nobody(worker, quiet_shop, ana, telegram, monkeypatch):
    monkeypatch.setattr(parcel_news, "BATCH", 1)
    first, second = sent_orders(quiet_shop, 2)
    for order_id in (first, second):
        put(quiet_shop, order_id, promised_at=LATE)
    with quiet_shop.reading.begin() as session:
        say(ana, f"verify {session.get_one(Order, first).customer_id}")
    telegram.next_answers.extend([(502, {})] * 20)
    assert worker.run_once() == 1
    assert subjects(quiet_shop) == [f"Order {second} is late"]
    telegram.next_answers.clear()


class Odd(HttpDouble):
    """Answers as no gateway does."""

    reply = (200, {"state": 7})

    def answer(self, method, path, body):
        return self.reply


@pytest.mark.parametrize("reply", [(200, {"state": 7}), (200, []), (401, {}), (503, {})])
def test_a_gateway_that_does_not_answer_as_it_should_is_waited_for(quiet_shop, settings, order, reply):
    double = Odd()
    double.reply = reply
    odd = replace(settings, gateway_url=double.url)
    with pytest.raises(Unavailable, match="gateway"):
        ParcelNewsWorker(quiet_shop.sessions, odd, Chats(odd)).run_once()
    double.stop()
    assert mails(quiet_shop) == []


def test_a_gateway_that_is_down_is_waited_for(quiet_shop, settings, order, ana, gateway):
    say(ana, f"verify {order.customer_id}")
    gateway.stop()
    worker, stop = ParcelNewsWorker(quiet_shop.sessions, settings, Chats(settings)), threading.Event()
    thread = threading.Thread(target=worker.run_forever, args=(stop,), kwargs={"every_s": 0.05})
    thread.start()
    stop.wait(0.5)
    assert mails(quiet_shop) == []
    gateway.start()
    wait_for(lambda: told(ana, order.id))
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert len(told(ana, order.id)) == 1
    assert mails(quiet_shop) == []
