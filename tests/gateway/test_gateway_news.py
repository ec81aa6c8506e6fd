"""News nobody asked for, in the web chat and in the store of both databases."""

import time
import uuid
from functools import partial

import jwt
import pytest

from contract.conversation import News
from contract.signing import sign
from gateway.store import conversations, news
from gateway.store.news import ToldNews
from tests.gateway.conftest import SECRET, SHOP_KEY, http
from tests.gateway.test_gateway_events import Listener

TEXT = "Order A1 is late."


@pytest.fixture
def tell(gateway):
    def post(order_id, customer_id):
        token = sign(News("late", order_id, customer_id, TEXT, time.time()), key=SECRET)
        return http().post(f"{gateway.url}/v1/news", json={"news": token}).json()

    return post


@pytest.fixture
def customer():
    return f"C-{uuid.uuid4()}"[:20]


def vouched(shopper, customer):
    token = jwt.encode({"sub": customer, "exp": time.time() + 60}, SHOP_KEY, algorithm="HS256")
    return shopper(shop_token=token)


def test_an_open_chat_of_the_verified_customer_shows_it_once(shopper, tell, customer, eventually):
    someone = vouched(shopper, customer)
    live = Listener(someone)
    eventually(lambda: live.of("handoff"))
    assert [tell("A1-web", customer) for _ in range(2)] == [{"state": "told", "is_verified": True}] * 2
    eventually(lambda: live.of("item")[-1]["text"] == TEXT)
    assert [item["text"] for item in someone.history()].count(TEXT) == 1
    assert [button["title"] for button in someone.history()[-1]["buttons"]] == ["No parcel news"]


def test_a_chat_that_nobody_looks_at_does_not(shopper, tell, customer):
    someone = vouched(shopper, customer)
    assert tell("A2-web", customer) == {"state": "none", "is_verified": False}
    assert TEXT not in [item["text"] for item in someone.history()]


def test_a_chat_of_somebody_else_or_of_nobody_does_not(shopper, tell, customer, eventually):
    for someone in (shopper(), vouched(shopper, "C-another")):
        live = Listener(someone)
        eventually(lambda live=live: live.of("handoff"))
        someone.say("identify A3-web")
    assert tell("A3-web", customer) == {"state": "none", "is_verified": False}


def test_who_wants_none_in_the_chat_gets_none(shopper, tell, customer, eventually):
    someone = vouched(shopper, customer)
    live = Listener(someone)
    eventually(lambda: live.of("handoff"))
    (answer,) = someone.say("No parcel news")
    assert "by mail" in answer["text"]
    assert tell("A4-web", customer) == {"state": "none", "is_verified": False}
    (answer,) = someone.post(token=answer["buttons"][0]["token"]).json()["items"]
    assert "I will write to you here" in answer["text"]
    assert tell("A4-web", customer) == {"state": "told", "is_verified": True}


async def _reader(database, kind, ref, *, now, channel="telegram"):
    conversation_id = await database.write(partial(conversations.create, channel=channel, now=now))
    await database.write(partial(news.follow, conversation_id=conversation_id, kind=kind, ref=ref, now=now))
    return conversation_id


async def _found(database, order_id, customer_id, since=0.0):
    found = await database.read(partial(news.of_order, order_id=order_id, customer_id=customer_id, since=since))
    return [(reader.conversation.id, reader.is_verified) for reader in found]


async def test_customers_come_before_orders_and_the_latest_first(each_database):
    first = await _reader(each_database, news.ORDER, "O", now=9.0)
    second = await _reader(each_database, news.CUSTOMER, "C", now=1.0)
    third = await _reader(each_database, news.CUSTOMER, "C", now=2.0)
    assert await _found(each_database, "O", "C") == [(third, True), (second, True), (first, False)]
    assert await _found(each_database, "O", "C", since=1.0) == [(third, True), (first, False)]
    assert await _found(each_database, "C", "O") == []


async def test_following_again_renews_it(each_database):
    one = await _reader(each_database, news.ORDER, "O", now=1.0)
    await each_database.write(partial(news.follow, conversation_id=one, kind=news.ORDER, ref="O", now=5.0))
    assert await _found(each_database, "O", "C", since=4.0) == [(one, False)]


async def test_a_wish_outlives_what_is_forgotten(each_database):
    one = await _reader(each_database, news.CUSTOMER, "C", now=1.0)
    await each_database.write(partial(news.want, conversation_id=one, is_wanted=False, now=1.0))
    await each_database.write(partial(news.forget, conversation_id=one))
    await each_database.write(partial(news.delete_old, before=99.0))
    await each_database.write(partial(news.follow_customer, conversation_id=one, customer_id="C", now=100.0))
    assert await _found(each_database, "O", "C") == []
    await each_database.write(partial(news.want, conversation_id=one, is_wanted=True, now=101.0))
    assert await _found(each_database, "O", "C") == [(one, True)]


async def test_old_news_is_forgotten(each_database):
    one = await _reader(each_database, news.CUSTOMER, "C", now=1.0)
    for kind, at in (("late", 1.0), ("delivered", 5.0)):
        await each_database.write(partial(news.add, told=ToldNews("O", kind, one, 1, at, True, False)))
    await each_database.write(partial(news.delete_old, before=3.0))
    assert await each_database.read(partial(news.find, order_id="O", kind="late")) is None
    assert (await each_database.read(partial(news.find, order_id="O", kind="delivered"))).at == 5.0
    assert await _found(each_database, "O", "C") == []
