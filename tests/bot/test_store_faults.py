"""The tracker store under a running Rasa: locked, broken, killed."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from pathlib import Path

import pytest
from bot_process import BotProcess


@pytest.fixture
def conversation() -> str:
    return f"c-{uuid.uuid4().hex}"


@pytest.fixture
def database(rig) -> sqlite3.Connection:
    connection = sqlite3.connect(Path(rig.environment["SHOPCLERK_VAR_DIR"]) / "tracker.db", timeout=5)
    yield connection
    connection.close()


def test_a_locked_store_is_a_loud_503_and_nobody_else_waits(bot, rig, database, conversation):
    database.execute("BEGIN IMMEDIATE")
    answers = []
    locked = threading.Thread(target=lambda: answers.append(bot.post_turn(conversation, text="hello")))
    started = time.monotonic()
    locked.start()
    time.sleep(0.1)
    health_started = time.monotonic()
    import requests

    assert requests.get(f"{bot.url}/health", timeout=5).status_code == 200
    assert time.monotonic() - health_started < 0.3
    locked.join()
    assert time.monotonic() - started < 2.0
    assert answers[0].status_code == 503
    assert answers[0].json()["error_type"] == "unavailable"
    database.rollback()
    assert bot.turn(conversation, "hello").replies[0].text == "Hello! What can I do?"
    stored = database.execute("SELECT count(*) FROM events WHERE sender_id = ? AND type_name = 'user'", (conversation,))
    assert stored.fetchone()[0] == 1


def test_a_broken_row_costs_itself_alone(bot, database, conversation):
    bot.turn(conversation, "where is my order")
    database.execute(
        'UPDATE events SET data = \'{"event": "user", \' WHERE id = '
        "(SELECT max(id) FROM events WHERE sender_id = ? AND type_name = 'user_featurization')",
        (conversation,),
    )
    database.execute("INSERT INTO events (sender_id, type_name, data) VALUES (?, 'x', '[]')", (conversation,))
    database.execute(
        "INSERT INTO events (sender_id, type_name, data) VALUES (?, 'x', '{\"event\": \"martian\"}')", (conversation,)
    )
    database.commit()
    result = bot.turn(conversation, "it is #W2611340")
    assert result.replies[0].text == "Done: action_track_order #W2611340"
    assert bot.process.poll() is None


def test_what_was_acknowledged_survives_kill_9(rig, key, conversation):
    rig.nlu.reset()
    rig.actions.reset()
    victim = BotProcess.start(rig.archive, rig.environment, key=key)
    victim.turn(conversation, "where is my order", message_id="m-1")
    acknowledged = victim.turn(conversation, "it is #W2611340", message_id="m-2")
    victim.kill()
    heir = BotProcess.start(rig.archive, rig.environment, key=key)
    try:
        assert heir.turn(conversation, "it is #W2611340", message_id="m-2") == acknowledged
        assert [row[1] for row in rig.actions.done].count("m-2") == 1
        assert heir.turn(conversation, "bye").replies[0].text == "Goodbye!"
    finally:
        assert heir.stop() == 0


def test_sigterm_answers_what_was_begun(rig, key, conversation):
    rig.actions.reset()
    process = BotProcess.start(rig.archive, rig.environment, key=key)
    rig.actions.slow_s = 0.8
    results = []
    turn = threading.Thread(target=lambda: results.append(process.turn(conversation, "cancel my order")))
    turn.start()
    time.sleep(0.4)
    assert process.stop() == 0
    turn.join()
    assert results[0].replies[0].text.startswith("Done: action_cancel_order")
    rig.actions.reset()


def test_a_start_is_quick_and_small(rig, key):
    process = BotProcess.start(rig.archive, rig.environment, key=key)
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    resident_mb = int(status.split("VmRSS:")[1].split()[0]) / 1024
    libraries = Path(f"/proc/{process.process.pid}/maps").read_text()
    process.stop()
    assert process.ready_s < 15
    assert resident_mb < 350
    assert "tensorflow" not in libraries
