"""A bot that is down, slow or lying: the shopper always gets a sentence with a ticket, and nothing is lost."""

import re
import sqlite3
import time
import uuid
from threading import Timer

import httpx
import pytest

TICKET = re.compile(r"E-[2-9A-Z]{8}")


def _ticket(item):
    found = TICKET.search(item["text"])
    assert found, item["text"]
    return found.group()


@pytest.mark.parametrize("mode", ["garbage", "wrong", "huge", "null", "none-text", "nan"])
def test_a_useless_answer_becomes_an_apology(shopper, bot, mode):
    someone = shopper()
    bot.fault(mode)
    (item,) = someone.say("hello")
    assert _ticket(item)
    assert [button["title"] for button in item["buttons"]] == ["Talk to a person"]


@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_error_status_becomes_an_apology_at_once(shopper, bot, status):
    someone = shopper()
    bot.fault("status", status=status)
    (item,) = someone.say("hello")
    assert _ticket(item)


@pytest.mark.parametrize("text", ["empty", "blank", "broken-action"])
def test_silence_becomes_an_apology(shopper, bot, text):
    (item,) = shopper().say(text)
    assert _ticket(item)


def test_the_ticket_is_a_durable_row_and_in_the_log(shopper, gateway, bot):
    message_id = str(uuid.uuid4())
    (item,) = shopper().say("broken-action", message_id=message_id)
    with sqlite3.connect(gateway.folder / "gateway.db") as db:
        row = db.execute("SELECT message_id, cause, action FROM faults WHERE ticket_id = ?", [_ticket(item)]).fetchone()
    assert row == (message_id, "failed_action", "action_order_status")
    assert _ticket(item) in gateway.log


def test_a_slow_bot_is_given_up_at_the_deadline(shopper, bot):
    someone = shopper()
    bot.fault("slow", seconds=8)
    answer = someone.post("hello")
    assert _ticket(answer.json()["items"][0])
    assert 0.9 < answer.elapsed.total_seconds() < 5


def test_an_apology_is_the_stored_answer_too(shopper, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    (first,) = someone.say("empty", message_id=message_id)
    assert someone.say("empty", message_id=message_id) == [first]


def test_a_short_outage_is_not_noticed(shopper, bot):
    """A turn that cannot connect is tried again within its deadline."""
    someone = shopper()
    bot.fault("down")
    Timer(0.3, bot.fault, args=["none"]).start()
    (item,) = someone.say("hello")
    assert item["text"].startswith("heard")


def test_the_breaker_opens_and_closes_again(shopper, make_gateway, bot, eventually):
    gateway = make_gateway(turn_deadline_s=0.2)
    someone = shopper(gateway.url)
    bot.fault("status", status=503)
    for _ in range(5):
        assert _ticket(someone.say("hello")[0])
    assert _ticket(someone.say("hello")[0])
    assert 'faults_total{cause="breaker_open"} 1.0' in httpx.get(f"{gateway.url}/metrics").text
    bot.fault("none")
    eventually(lambda: someone.say("hello")[0]["text"].startswith("heard"), seconds=8)


def test_a_message_that_breaks_the_bot_does_not_open_the_breaker(shopper, bot):
    angry, other = shopper(), shopper()
    for _ in range(7):
        angry.say("empty")
    bot.fault("status", status=500)
    for _ in range(7):
        angry.say("hello")
    bot.fault("none")
    assert other.say("hello")[0]["text"].startswith("heard")


def test_the_apology_leads_to_a_person(shopper, bot, eventually):
    someone = shopper()
    (apology,) = someone.say("empty")
    answer = someone.post(token=apology["buttons"][0]["token"]).json()
    assert answer["status"] == "with_person"
    assert "person" in answer["items"][0]["text"]
    assert _ticket(answer["items"][0])


def test_the_bot_log_gets_what_the_gateway_said(shopper, bot, eventually):
    message_id = str(uuid.uuid4())
    (item,) = shopper().say("empty", message_id=message_id)
    (turn,) = bot.seen("turns", message_id=message_id)
    events = eventually(lambda: bot.seen("heard", conversation_id=turn["conversation_id"]))
    assert (events[0]["kind"], events[0]["text"]) == ("bot_message", item["text"])


def test_events_wait_for_a_bot_that_refuses_them(shopper, bot, eventually):
    bot.fault("none", refuses_events=True)
    someone = shopper()
    (item,) = someone.say("hello")
    someone.http.post("/v1/feedback", json={"seq": item["seq"], "value": 1})
    time.sleep(1.2)
    assert not bot.seen("heard", about_message_id=item["message_id"])
    bot.fault("none")
    assert len(eventually(lambda: bot.seen("heard", about_message_id=item["message_id"]))) == 1


def test_an_event_that_cannot_be_sent_does_not_hold_up_the_others(make_gateway, shopper, bot, eventually):
    gateway = make_gateway()
    one, other = shopper(gateway.url), shopper(gateway.url)
    one.say("hello")
    with sqlite3.connect(gateway.folder / "gateway.db", timeout=5) as db:
        event = '{"kind": "feedback", "of_a_later_version": 1}'
        db.execute(
            "INSERT INTO outbox (conversation_id, event_id, event, attempts, next_at) "
            "SELECT conversation_id, 'x', ?, 0, 0 FROM inbox",
            (event,),
        )
    (item,) = other.say("hello")
    other.http.post("/v1/feedback", json={"seq": item["seq"], "value": 1})
    assert eventually(lambda: bot.seen("heard", about_message_id=item["message_id"]))


def test_without_a_bot_it_is_alive_but_not_ready(shopper, make_gateway):
    gateway = make_gateway(started=False, bot_url="http://127.0.0.1:9", turn_deadline_s=0.2)
    gateway.start(ready=False)
    answer = httpx.get(f"{gateway.url}/ready")
    assert (answer.status_code, answer.json()["error_type"]) == (503, "unavailable")
    assert "No bot is deployed" in answer.json()["error"]
    assert _ticket(shopper(gateway.url).say("hello")[0])


def test_not_being_ready_does_not_tell_where_the_bot_is(make_gateway, make_bot, eventually):
    bot = make_bot()
    gateway = make_gateway(bot_url=bot.url)
    bot.fault("none", deployed="http://127.0.0.1:9")
    eventually(lambda: httpx.get(f"{gateway.url}/ready").status_code == 503)
    assert httpx.get(f"{gateway.url}/ready").json()["error"] == "The bot that is deployed does not answer."


def test_the_bots_markup_and_size_are_bounded(shopper, bot):
    (item,) = shopper().say("markup")
    assert item["text"] == "<script>alert(1)</script> evil **bold**"
    items = shopper().say("big")
    assert len(items) == 10
    assert all(len(item["text"]) == 4000 and len(item["cards"]) < 12 for item in items)
