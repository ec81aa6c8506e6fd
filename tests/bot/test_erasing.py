"""A conversation is erased from a real Rasa's tracker store, also while it goes on."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from contract.conversation import ERASED, Erasure
from contract.signing import sign

WORDS = "it is #W2611340 of Noah Brown"


@pytest.fixture
def conversation() -> str:
    return f"c-{uuid.uuid4().hex}"


@pytest.fixture
def events(rig):
    """``events(conversation)`` are the (type, data) of its rows, in order."""

    def read(conversation: str) -> list[tuple[str, str]]:
        path = Path(rig.environment["SHOPCLERK_VAR_DIR"]) / "tracker.db"
        query = "SELECT type_name, data FROM events WHERE sender_id = ? ORDER BY id"
        with closing(sqlite3.connect(path)) as db:
            return db.execute(query, (conversation,)).fetchall()

    return read


def test_nothing_of_it_is_left_and_rasa_remembers_nothing(bot, conversation, events):
    bot.turn(conversation, "where is my order")
    bot.turn(conversation, WORDS)
    assert any("Noah" in data for _, data in events(conversation))
    assert bot.erase(conversation).status_code == 204
    ((kind, data),) = events(conversation)
    assert kind == ERASED and "Noah" not in data
    assert bot.erase(conversation).status_code == 204
    assert len(events(conversation)) == 1
    assert bot.turn(conversation, "where is my order").replies[0].text == "Which order?", "the form began anew"


def test_a_turn_that_goes_on_is_finished_first(bot, rig, conversation, events):
    bot.turn(conversation, "where is my order")
    rig.actions.slow_s = 0.6
    answers = []
    turn = threading.Thread(target=lambda: answers.append(bot.turn(conversation, WORDS)))
    turn.start()
    while not any(path == "/webhook" for _, path, _ in rig.actions.calls):
        time.sleep(0.01)
    assert bot.erase(conversation).status_code == 204
    turn.join()
    assert answers[0].replies[0].text == "Done: action_track_order #W2611340"
    assert [kind for kind, _ in events(conversation)] == [ERASED]


def test_what_was_said_in_other_conversations_stays(bot, conversation, events):
    other = f"c-{uuid.uuid4().hex}"
    for each in (conversation, other):
        bot.turn(each, "hello")
    before = events(other)
    assert bot.erase(conversation).status_code == 204
    assert events(other) == before


def test_only_the_gateway_can_ask_for_it_and_only_now(bot, conversation, events):
    bot.turn(conversation, "hello")
    before = events(conversation)
    for token in (
        "no token",
        sign(Erasure(conversation, time.time()), key="k" * 40),
        sign(Erasure(conversation, time.time() - 120), key=bot.key),
        sign(bot.context(conversation), key=bot.key),
    ):
        assert bot.erase(conversation, token=token).status_code == 401
    assert bot.erase("", token=sign(Erasure("nul \0", time.time()), key=bot.key)).status_code == 400
    assert events(conversation) == before
