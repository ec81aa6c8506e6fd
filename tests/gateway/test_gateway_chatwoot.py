"""Handoffs in Chatwoot: a real gateway, a real HTTP server that answers as Chatwoot does, faults and restarts."""

import itertools
import uuid

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url

from contract.settings import Settings
from contract.wire import InvalidInput
from gateway.chatwoot.api import check_settings
from tests.gateway import chatwoot_server
from tests.gateway.chatwoot_server import Chatwoot, deliver, reply, status

NUMBERS = itertools.count(50_000)


@pytest.fixture
def handed_over(desk, shopper, bot, chatwoot, eventually):
    """A shopper who asked for a person, and Chatwoot's conversation about it."""
    someone, message_id, known = shopper(desk.url), str(uuid.uuid4()), len(chatwoot.conversations)
    someone.say("my lamp is broken", message_id=message_id)
    someone.say("handoff")
    eventually(lambda: len(chatwoot.conversations) > known and chatwoot.said(known + 1, private=True))
    return someone, known + 1, bot.seen("turns", message_id=message_id)[0]["conversation_id"]


def test_a_handoff_opens_a_conversation_with_the_packet(handed_over, chatwoot):
    _, chatwoot_id, conversation_id = handed_over
    row = chatwoot.conversations[chatwoot_id - 1]
    assert (row["status"], row["inbox_id"]) == ("open", chatwoot_server.INBOX)
    (note,) = chatwoot.said(chatwoot_id, private=True)
    assert note.startswith("**Ticket T-1**: asked\nShopper: not verified\nOrders that the shopper proved: none\n")
    assert "Shopper: my lamp is broken\nBot: heard" in note
    assert chatwoot.said(chatwoot_id) == []
    assert conversation_id not in str([chatwoot.contacts, chatwoot.conversations])  # the bot's id stays with us
    assert chatwoot.refused == []


def test_messages_go_there_in_order_and_replies_come_back_once(handed_over, chatwoot, desk, bot, eventually):
    someone, chatwoot_id, conversation_id = handed_over
    words = [f"number {number}" for number in range(8)]
    for text in words:
        someone.post(text, wait=False)
    eventually(lambda: chatwoot.said(chatwoot_id) == words)
    event = reply(next(NUMBERS), chatwoot_id, "I am **Ana**, let me look.")
    for _ in range(3):
        assert deliver(desk.url, event).json() == {"status": "taken"}
    agents = [item for item in someone.history() if item["author"] == "agent"]
    assert [(item["agent_name"], item["text"]) for item in agents] == [("Ana Lima", "I am **Ana**, let me look.")]
    assert someone.open()["handoff"] == {"active": True, "agent_name": "Ana Lima"}
    assert [item["text"] for item in someone.history()].count("Ana Lima has joined the conversation.") == 1
    eventually(lambda: bot.seen("heard", conversation_id=conversation_id, kind="operator_message"))
    assert chatwoot.said(chatwoot_id) == words  # nothing of it is sent back


def test_a_colleague_may_answer_too(handed_over, desk):
    someone, chatwoot_id, _ = handed_over
    for name in ("Ana", "Bob"):
        sender = {"id": 1, "name": name, "type": "user"}
        assert deliver(desk.url, reply(next(NUMBERS), chatwoot_id, f"{name} here", sender=sender)).status_code == 200
    agents = [(item["agent_name"], item["text"]) for item in someone.history() if item["author"] == "agent"]
    assert agents == [("Ana", "Ana here"), ("Bob", "Bob here")]


def test_resolving_gives_it_back_to_the_bot(handed_over, chatwoot, desk):
    someone, chatwoot_id, _ = handed_over
    deliver(desk.url, reply(next(NUMBERS), chatwoot_id, "Done."))
    assert deliver(desk.url, status(chatwoot_id, "resolved")).json() == {"status": "taken"}
    assert deliver(desk.url, status(chatwoot_id, "resolved")).json() == {"status": "ignored"}
    question = someone.history()[-1]
    assert question["text"].startswith("How satisfied were you with the help of") and len(question["buttons"]) == 5
    assert someone.say("hello")[0]["text"].startswith("heard")
    assert len(chatwoot.said(chatwoot_id, private=True)) == 1  # agents know that they resolved it


def test_the_shopper_ends_it_and_comes_back(handed_over, chatwoot, eventually):
    someone, chatwoot_id, _ = handed_over
    someone.post("first")
    someone.http.post("/v1/handoff/end")
    eventually(lambda: chatwoot.conversations[chatwoot_id - 1]["status"] == "resolved")
    assert chatwoot.said(chatwoot_id) == ["first"]
    assert "ended by shopper" in chatwoot.said(chatwoot_id, private=True)[-1]
    someone.say("this is for the bot")
    someone.say("handoff")
    eventually(lambda: chatwoot.said(chatwoot_id + 1, private=True))
    someone.post("second")
    eventually(lambda: chatwoot.said(chatwoot_id + 1) == ["second"])
    assert chatwoot.said(chatwoot_id) == ["first"]
    first, second = chatwoot.conversations[chatwoot_id - 1 : chatwoot_id + 1]
    assert first["contact_id"] == second["contact_id"]


@pytest.mark.parametrize(
    "changed",
    [
        {"private": True},
        {"message_type": "incoming"},
        {"message_type": "template"},
        {"event": "message_updated"},
        {"inbox": {"id": 99}},
        {"content": None},
        {"content": "   "},
        {"id": "50"},
        {"conversation": {"id": 987_654}},
        {"conversation": None},
    ],
)
def test_what_is_no_reply_never_reaches_the_shopper(handed_over, desk, changed):
    someone, chatwoot_id, _ = handed_over
    before = someone.history()
    event = reply(next(NUMBERS), chatwoot_id, "a secret between agents")
    assert deliver(desk.url, {**event, **changed}).json() == {"status": "ignored"}
    assert someone.history() == before


@pytest.mark.parametrize("value", ["open", "pending", "snoozed", None])
def test_only_resolving_ends_a_handoff(handed_over, desk, value):
    someone, chatwoot_id, _ = handed_over
    assert deliver(desk.url, status(chatwoot_id, value)).json() == {"status": "ignored"}
    assert someone.open()["handoff"]["active"]


def test_an_edited_reply_and_a_file(handed_over, desk):
    someone, chatwoot_id, _ = handed_over
    number = next(NUMBERS)
    deliver(desk.url, reply(number, chatwoot_id, "first"))
    assert deliver(desk.url, reply(number, chatwoot_id, "changed")).json() == {"status": "ignored"}
    files = [{"id": 1, "file_type": "image", "data_url": "https://chatwoot.example/lamp.jpg"}]
    deliver(desk.url, reply(next(NUMBERS), chatwoot_id, None, attachments=files))
    agents = [item["text"] for item in someone.history() if item["author"] == "agent"]
    assert agents == ["first", "https://chatwoot.example/lamp.jpg"]


@pytest.mark.parametrize(
    "how", [{"secret": "wrong"}, {"age_s": 400}, {"age_s": -400}, {"stamp": ""}, {"stamp": "soon"}]
)
def test_an_unsigned_or_old_webhook_is_refused(handed_over, desk, how):
    someone, chatwoot_id, _ = handed_over
    answer = deliver(desk.url, reply(next(NUMBERS), chatwoot_id, "hi"), **how)
    assert (answer.status_code, answer.json()["error_type"]) == (401, "unauthorised")
    assert "agent" not in [item["author"] for item in someone.history()]


@pytest.mark.parametrize("body", [b"[]", b"null", b"{", b"\xff"])
def test_a_webhook_without_a_signature_is_not_even_read(desk, body):
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{desk.url}/v1/chatwoot/webhook", content=body, headers=headers)
    assert answer.status_code == 401


def test_without_chatwoot_there_is_no_webhook(gateway):
    assert deliver(gateway.url, reply(1, 1, "hi")).status_code == 404


def test_chatwoot_is_down_and_the_gateway_restarts(make_gateway, shopper, bot, eventually):
    """Nothing is lost, nothing is doubled, and the order stays."""
    chatwoot = Chatwoot()
    gateway = make_gateway(**chatwoot.settings)
    someone = shopper(gateway.url)
    chatwoot.fault = "down"
    someone.say("handoff")
    someone.post("one")
    someone.post("two")
    gateway.stop(kill=True)
    gateway.start()
    someone.post("three")
    chatwoot.fault = "none"
    eventually(lambda: chatwoot.conversations and chatwoot.said(1) == ["one", "two", "three"])
    assert (len(chatwoot.contacts), len(chatwoot.conversations), len(chatwoot.said(1, private=True))) == (1, 1, 1)
    chatwoot.close()


@pytest.mark.parametrize("keeps_source_id", [True, False])
def test_lost_answers_lose_and_double_nothing(make_gateway, shopper, eventually, keeps_source_id):
    """Chatwoot does all that it is asked, and its answer never arrives: the next round looks before it speaks."""
    chatwoot = Chatwoot(keeps_source_id=keeps_source_id)
    gateway = make_gateway(**chatwoot.settings)
    someone = shopper(gateway.url)
    chatwoot.fault = "lost"
    someone.say("handoff")
    for text in ("hello?", "hello?", "well"):
        someone.post(text)
    eventually(lambda: chatwoot.messages)
    chatwoot.fault = "none"
    eventually(lambda: len(chatwoot.said(1)) == 3)
    chatwoot.fault = "lost"
    someone.post("hello?")
    eventually(lambda: len(chatwoot.said(1)) == 4)
    chatwoot.fault = "none"
    someone.post("bye")
    eventually(lambda: "bye" in chatwoot.said(1))
    assert chatwoot.said(1) == ["hello?", "hello?", "well", "hello?", "bye"]
    assert (len(chatwoot.contacts), len(chatwoot.conversations), len(chatwoot.said(1, private=True))) == (1, 1, 1)
    chatwoot.close()


def test_an_inbox_with_one_conversation_a_contact(make_gateway, shopper, eventually):
    chatwoot = Chatwoot(is_single=True)
    gateway = make_gateway(**chatwoot.settings)
    someone = shopper(gateway.url)
    for number in (1, 2):
        someone.say("handoff")
        someone.post(f"message {number}")
        eventually(lambda number=number: f"message {number}" in chatwoot.said(1))
        assert deliver(gateway.url, reply(next(NUMBERS), 1, f"reply {number}")).json() == {"status": "taken"}
        assert deliver(gateway.url, status(1, "resolved")).json() == {"status": "taken"}
    assert chatwoot.said(1) == ["message 1", "message 2"]
    agents = [item["text"] for item in someone.history() if item["author"] == "agent"]
    assert agents == ["reply 1", "reply 2"]
    chatwoot.close()


def test_a_chatwoot_that_does_not_sign_names_the_secret_in_the_address(handed_over, desk):
    someone, chatwoot_id, _ = handed_over
    event = reply(next(NUMBERS), chatwoot_id, "hi")
    assert deliver(desk.url, event, stamp="", query={"secret": "wrong"}).status_code == 401
    assert deliver(desk.url, event, stamp="", query={"secret": chatwoot_server.SECRET}).json() == {"status": "taken"}
    assert someone.history()[-1]["text"] == "hi"


def test_nobody_answers_and_then_somebody_does(make_gateway, shopper, bot, eventually):
    """The ticket stays open there; a late reply takes the conversation over and goes on in the same place."""
    chatwoot = Chatwoot()
    gateway = make_gateway(handoff_wait_minutes=0.04, **chatwoot.settings)
    someone = shopper(gateway.url)
    someone.say("handoff")
    eventually(lambda: chatwoot.conversations and len(chatwoot.said(1, private=True)) == 2)
    assert "queue timed out" in chatwoot.said(1, private=True)[-1]
    assert chatwoot.conversations[0]["status"] == "open"
    someone.say("this is for the bot")
    assert deliver(gateway.url, reply(next(NUMBERS), 1, "Sorry for the wait.")).json() == {"status": "taken"}
    assert someone.history()[-1]["text"] == "Sorry for the wait."
    someone.post("no problem")
    eventually(lambda: chatwoot.said(1) == ["no problem"])
    assert len(chatwoot.conversations) == 1
    chatwoot.close()


@pytest.fixture
def own_database(postgres):
    """The address of a database of its own on the real PostgreSQL."""
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute("CREATE DATABASE chatwoot_test")
    return make_url(postgres).set(database="chatwoot_test").render_as_string(hide_password=False)


def test_two_gateways_on_one_postgresql_double_nothing(make_gateway, own_database, shopper, eventually):
    chatwoot = Chatwoot()
    both = [make_gateway(gateway_database_url=own_database, **chatwoot.settings) for _ in range(2)]
    words = []
    for number in range(6):
        someone = shopper(both[number % 2].url)
        someone.say("handoff")
        for text in (f"{number} a", f"{number} b"):
            assert someone.post(text).json()["status"] == "with_person"
            words.append(text)
    eventually(lambda: len([row for row in chatwoot.messages if not row["private"]]) >= len(words))
    for gateway in both:
        gateway.stop()
    assert sorted(row["content"] for row in chatwoot.messages if not row["private"]) == words
    names = [row["source_id"] for row in chatwoot.messages]
    assert len(set(names)) == len(names)
    handoffs = [row["custom_attributes"]["shopclerk_handoff"] for row in chatwoot.conversations]
    assert len(set(handoffs)) == len(handoffs) == 6
    chatwoot.close()


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"chatwoot_url": "https://x.example"}, "CHATWOOT_TOKEN, SHOPCLERK_CHATWOOT_ACCOUNT"),
        ({"chatwoot_token": "t"}, "CHATWOOT_URL"),
        ({f"chatwoot_{name}": value for name, value in {**chatwoot_server.SETTINGS, "url": "x"}.items()}, "https://"),
    ],
)
def test_half_a_set_up_is_named(chosen, says):
    with pytest.raises(InvalidInput, match=says):
        check_settings(Settings(**chosen))
    assert not check_settings(Settings())
