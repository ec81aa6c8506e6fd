"""kill -9, restarts and model switches: what was acknowledged is answered, once."""

import sqlite3
import subprocess
import sys
import uuid

import pytest


def _rows(gateway, query, *values):
    with sqlite3.connect(gateway.folder / "gateway.db") as db:
        return db.execute(query, values).fetchall()


@pytest.fixture(scope="module")
def own_gateway(make_gateway):
    return make_gateway(turn_deadline_s=5)


def test_acknowledged_messages_are_answered_after_kill_9(own_gateway, shopper, bot, eventually):
    someone = shopper(own_gateway.url)
    ids = [str(uuid.uuid4()) for _ in range(5)]
    for message_id in ids:
        assert someone.post("sleep 0.4", message_id=message_id, wait=False).status_code == 202
    own_gateway.stop(kill=True)
    own_gateway.start()
    eventually(lambda: len(someone.history(after=1)) == 10)
    answers = [item for item in someone.history(after=1) if item["author"] == "bot"]
    assert [item["message_id"] for item in answers] == ids
    assert all(item["text"].startswith("heard") for item in answers)
    assert [len(bot.seen("turns", message_id=message_id)) for message_id in ids] == [1] * 5


def test_killed_again_and_again_nothing_is_lost_or_doubled(own_gateway, shopper, bot, eventually):
    shoppers = [shopper(own_gateway.url) for _ in range(6)]
    acknowledged = {}
    for _ in range(2):
        for someone in shoppers:
            message_id = str(uuid.uuid4())
            assert someone.post("sleep 0.05", message_id=message_id, wait=False).status_code == 202
            acknowledged.setdefault(someone, []).append(message_id)
        own_gateway.stop(kill=True)
        own_gateway.start()
    for someone, ids in acknowledged.items():
        eventually(lambda someone=someone: len(someone.history(after=1)) >= 4)
        answers = [item["message_id"] for item in someone.history(after=1) if item["author"] == "bot"]
        assert answers == ids
    assert _rows(own_gateway, "PRAGMA integrity_check") == [("ok",)]
    assert _rows(own_gateway, "SELECT count(*) FROM inbox WHERE state = 'queued'") == [(0,)]


def test_a_client_that_saw_no_answer_retries_after_the_crash(own_gateway, shopper, bot):
    someone, message_id = shopper(own_gateway.url), str(uuid.uuid4())
    someone.post("sleep 0.3", message_id=message_id, wait=False)
    own_gateway.stop(kill=True)
    own_gateway.start()
    (item,) = someone.say("sleep 0.3", message_id=message_id)
    assert item["text"].startswith(f"heard {message_id}")
    assert len([item for item in someone.history() if item["message_id"] == message_id]) == 2


def test_a_message_waits_for_a_bot_that_starts_with_the_gateway(make_gateway, shopper, eventually, make_bot):
    """After a restart the bot may need longer than one turn's deadline."""
    late = make_bot()
    gateway = make_gateway(bot_url=late.url, turn_deadline_s=5)
    someone = shopper(gateway.url)
    someone.post("sleep 0.5", wait=False)
    gateway.stop(kill=True)
    late.stop()
    gateway.start(ready=False)
    late.start()
    eventually(lambda: len(someone.history(after=1)) == 2)
    assert someone.history(after=2)[0]["text"].startswith("heard")


def test_a_stop_by_signal_is_quick_and_keeps_what_waits(own_gateway, shopper, eventually):
    someone = shopper(own_gateway.url)
    for _ in range(3):
        someone.post("sleep 1", wait=False)
    own_gateway.stop()
    assert own_gateway.process.returncode in (0, -15)
    own_gateway.start()
    eventually(lambda: len(someone.history(after=1)) == 6)


def test_the_switch_to_another_bot_loses_nothing(make_gateway, shopper, eventually, make_bot):
    old, new = make_bot(), make_bot()
    gateway = make_gateway(bot_url=old.url, turn_deadline_s=5)
    someone = shopper(gateway.url)

    texts = [someone.say("before")[0]["text"]]
    old.fault("none", deployed=new.url)
    texts += [someone.say(f"number {number}")[0]["text"] for number in range(10)]
    eventually(lambda: someone.say("again") and new.seen("turns"))
    assert all(text.startswith("heard") for text in texts)
    old.stop()
    assert someone.say("the old one is gone")[0]["text"].startswith("heard")


def test_a_second_gateway_on_the_same_port_says_so(own_gateway):
    run = subprocess.run(
        [sys.executable, "-m", "gateway"], env=own_gateway.environ(), capture_output=True, text=True, timeout=30
    )
    assert run.returncode == 1
    assert f"cannot listen on 127.0.0.1:{own_gateway.port}" in run.stderr
    assert "SHOPCLERK_GATEWAY_PORT" in run.stderr


def test_all_of_it_on_postgresql(make_gateway, postgres, shopper, bot, eventually):
    gateway = make_gateway(gateway_database_url=postgres, turn_deadline_s=5)
    someone, message_id = shopper(gateway.url), str(uuid.uuid4())
    assert someone.say("Größe 😀 שלום")[0]["text"].startswith("heard")
    someone.post("sleep 0.3", message_id=message_id, wait=False)
    gateway.stop(kill=True)
    gateway.start()
    eventually(lambda: len(someone.history(after=1)) == 4)
    assert len(bot.seen("turns", message_id=message_id)) == 1
    assert someone.post("nul \x00").status_code == 400
    assert not (gateway.folder / "gateway.db").exists()
    gateway.stop()
