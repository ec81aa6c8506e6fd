"""News nobody asked for, on every messenger, over real HTTP: where it may go, once, and not where it is not wanted."""

import sqlite3
import time
import uuid

import pytest

from contract.conversation import Button, News
from contract.signing import sign
from tests.gateway.channels.people import ByMail, OnSlack, OnTelegram, OnWeChat, OnWhatsApp, numbered
from tests.gateway.channels.provider import web
from tests.gateway.conftest import SECRET

TEXT = "Order A1 was delivered today."
HOUR = 3600.0


@pytest.fixture
def post(messengers):
    """Posts a piece of news, as the action server does, and gives what the gateway says of it."""

    def send(order_id, customer_id="C-none", *, kind="delivered", key=SECRET, age_s=0.0):
        buttons = (Button("It's not here", "/missing_parcel"),)
        news = News(kind, order_id, customer_id, TEXT, time.time() - age_s, buttons)
        return web().post(f"{messengers.url}/v1/news", json={"news": sign(news, key=key)})

    return send


@pytest.fixture
def state(post):
    return lambda *news, **more: post(*news, **more).json()


@pytest.fixture
def told(state, eventually):
    """Waits until the messenger has it."""

    def wait(*news, **more):
        eventually(lambda: state(*news, **more)["state"] != "waiting")
        return state(*news, **more)

    return wait


@pytest.fixture
def spoke(messengers):
    """``spoke(words, hours)``: whoever said these words did so some hours ago."""

    def set_back(words, hours):
        with sqlite3.connect(messengers.folder / "gateway.db", timeout=10) as db:
            which = "id = (SELECT conversation_id FROM inbox WHERE text = ?)"
            db.execute(f"UPDATE conversations SET active_at = ? WHERE {which}", (time.time() - hours * HOUR, words))

    return set_back


def say(person, words, eventually, all_sent):
    count = len(person.got)
    person.write(words)
    eventually(lambda: len(person.got) > count)
    all_sent()


def names():
    return f"C-{uuid.uuid4()}"[:20], f"#W{uuid.uuid4()}"[:20]


def news_of(person):
    return [text for text in person.texts if TEXT in text]


def test_a_verified_customer_hears_it_in_the_messenger_once(person, told, state, eventually, all_sent):
    customer, order = names()
    say(person, f"verify {customer}", eventually, all_sent)
    expected = {"state": "none", "is_verified": False} if isinstance(person, ByMail) else None
    if expected:
        assert told(order, customer) == expected
        assert news_of(person) == []
        return
    assert told(order, customer) == {"state": "told", "is_verified": True}
    assert [state(order, customer) for _ in range(3)] == [{"state": "told", "is_verified": True}] * 3
    all_sent()
    assert len(news_of(person)) == 1
    assert told(order, customer, kind="late")["state"] == "told"
    all_sent()
    assert len(news_of(person)) == 2


def test_who_named_the_order_hears_it_but_the_customer_gets_the_mail_too(someone, told, eventually, all_sent):
    person = someone(OnTelegram)
    customer, order = names()
    say(person, f"identify {order}", eventually, all_sent)
    assert told(names()[1], customer) == {"state": "none", "is_verified": False}
    assert told(order, customer) == {"state": "told", "is_verified": False}
    assert len(news_of(person)) == 1


def test_the_verified_customers_messenger_comes_before_anothers(someone, told, eventually, all_sent):
    stranger, owner = someone(OnTelegram), someone(OnSlack)
    customer, order = names()
    say(owner, f"verify {customer}", eventually, all_sent)
    say(stranger, f"identify {order}", eventually, all_sent)
    assert told(order, customer) == {"state": "told", "is_verified": True}
    assert (len(news_of(owner)), news_of(stranger)) == (1, [])


def test_whoever_nobody_knows_in_a_chat_hears_nothing(someone, state, eventually, all_sent):
    say(someone(OnTelegram), "hello", eventually, all_sent)
    customer, order = names()
    assert state(order, customer) == {"state": "none", "is_verified": False}
    assert state(order, "") == {"error": "News need a kind, an order and a customer.", "error_type": "invalid_input"}


@pytest.mark.parametrize(
    ("kind", "hours", "is_told"),
    [
        (OnTelegram, 24 * 59, True),
        (OnSlack, 24 * 59, True),
        (OnWhatsApp, 23, True),
        (OnWhatsApp, 23.9, False),
        (OnWhatsApp, 25, False),
        (OnWeChat, 47, True),
        (OnWeChat, 48, False),
    ],
)
def test_each_messenger_for_as_long_as_it_allows(someone, told, spoke, eventually, all_sent, kind, hours, is_told):
    person = someone(kind)
    customer, order = names()
    say(person, f"verify {customer}", eventually, all_sent)
    spoke(f"verify {customer}", hours)
    assert told(order, customer)["state"] == ("told" if is_told else "none")
    assert len(news_of(person)) == int(is_told)


def test_what_was_followed_long_ago_is_over(someone, told, messengers, eventually, all_sent):
    customer, order = names()
    say(someone(OnTelegram), f"verify {customer}", eventually, all_sent)
    with sqlite3.connect(messengers.folder / "gateway.db", timeout=10) as db:
        db.execute("UPDATE news_readers SET at = ? WHERE ref = ?", (time.time() - 61 * 24 * HOUR, customer))
    assert told(order, customer)["state"] == "none"


def test_it_is_still_told_after_the_identification_has_run_out(someone, told, spoke, eventually, all_sent):
    person = someone(OnTelegram)
    customer, order = names()
    say(person, f"verify {customer}", eventually, all_sent)
    spoke(f"verify {customer}", 2)
    say(person, "hello again", eventually, all_sent)
    assert "from nobody" in person.texts[-1]
    assert told(order, customer)["state"] == "told"


@pytest.mark.parametrize("by", ["button", "words"])
@pytest.mark.parametrize("kind", [OnTelegram, OnWeChat])
def test_who_wants_none_gets_none_until_it_is_wanted_again(someone, told, state, eventually, all_sent, kind, by):
    person = someone(kind)
    customer, order = names()
    say(person, f"verify {customer}", eventually, all_sent)
    assert told(order, customer)["state"] == "told"
    all_sent()
    tokens = person.buttons or numbered(person.texts[-1])
    assert "It's not here" in tokens and "No parcel news" in tokens
    if by == "words":
        person.write("no parcel news!")
    elif kind is OnTelegram:
        person.post(person.press(tokens["No parcel news"]))
    else:
        person.write(tokens["No parcel news"])
    eventually(lambda: "not write to you here" in person.texts[-1])
    all_sent()
    assert state(order, customer, kind="late") == {"state": "none", "is_verified": False}
    say(person, f"verify {customer}", eventually, all_sent)
    assert state(order, customer, kind="late") == {"state": "none", "is_verified": False}
    say(person, "Parcel news, please", eventually, all_sent)
    assert told(order, customer, kind="late")["state"] == "told"


def test_another_customer_who_is_verified_there_ends_it(someone, told, eventually, all_sent):
    person = someone(OnTelegram)
    (first, order), (second, other) = names(), names()
    say(person, f"verify {first}", eventually, all_sent)
    say(person, f"identify {order}", eventually, all_sent)
    say(person, f"verify {second}", eventually, all_sent)
    assert told(order, first)["state"] == "none"
    assert told(other, second)["state"] == "told"


def test_a_deleted_account_ends_it_in_every_chat(someone, told, eventually, all_sent):
    here, there = someone(OnTelegram), someone(OnSlack)
    customer, order = names()
    for person in (here, there):
        say(person, f"verify {customer}", eventually, all_sent)
    say(here, f"forget {customer}", eventually, all_sent)
    assert told(order, customer)["state"] == "none"


def test_nothing_comes_between_a_shopper_and_a_person(someone, told, operators, bot, eventually, all_sent):
    person = someone(OnTelegram)
    customer, order = names()
    say(person, f"verify {customer}", eventually, all_sent)
    say(person, "handoff", eventually, all_sent)
    assert told(order, customer)["state"] == "none"
    assert news_of(person) == []


def test_what_the_messenger_refuses_goes_another_way(someone, told, state, providers, eventually, all_sent):
    person = someone(OnTelegram)
    customer, order = names()
    say(person, f"verify {customer}", eventually, all_sent)
    blocked = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    providers["telegram"].next_answers.append((403, blocked))
    assert told(order, customer) == {"state": "none", "is_verified": False}
    all_sent()
    assert news_of(person) == []
    assert state(order, customer) == {"state": "none", "is_verified": False}


def test_it_waits_for_a_messenger_that_is_down(someone, told, state, providers, eventually, all_sent):
    person = someone(OnTelegram)
    customer, order = names()
    say(person, f"verify {customer}", eventually, all_sent)
    providers["telegram"].next_answers.extend([(502, {}), (502, {})])
    assert state(order, customer) == {"state": "waiting", "is_verified": True}
    assert told(order, customer) == {"state": "told", "is_verified": True}
    assert len(news_of(person)) == 1


def test_the_bots_log_has_it(someone, told, bot, eventually, all_sent):
    person = someone(OnTelegram)
    customer, order = names()
    say(person, f"verify {customer}", eventually, all_sent)
    conversation = bot.seen("turns", text=f"verify {customer}")[0]["conversation_id"]
    told(order, customer)
    eventually(lambda: bot.seen("heard", conversation_id=conversation, kind="bot_message", text=TEXT))


def test_only_what_we_signed_and_lately_is_told(someone, post, messengers, eventually, all_sent):
    person = someone(OnTelegram)
    customer, order = names()
    say(person, f"verify {customer}", eventually, all_sent)
    assert post(order, customer, key="another key" * 4).status_code == 401
    assert post(order, customer, age_s=61.0).status_code == 401
    for body in ({}, {"news": None}, {"news": 7}, {"news": "x.y"}):
        assert web().post(f"{messengers.url}/v1/news", json=body).status_code == 401
    all_sent()
    assert news_of(person) == []
