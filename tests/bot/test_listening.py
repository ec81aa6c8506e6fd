from __future__ import annotations

import json
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def conversation() -> str:
    return f"c-{uuid.uuid4().hex}"


def events(rig, conversation: str) -> list[dict[str, Any]]:
    with sqlite3.connect(Path(rig.environment["SHOPCLERK_VAR_DIR"]) / "tracker.db") as database:
        rows = database.execute("SELECT data FROM events WHERE sender_id = ? ORDER BY id", (conversation,))
        return [json.loads(row[0]) for row in rows]


def test_what_people_say_is_logged_and_the_bot_stays_silent(bot, rig, conversation):
    assert bot.listen(conversation, kind="shopper_message", text="anybody there?").status_code == 204
    assert bot.listen(conversation, kind="operator_message", text="Ann here", operator="ann").status_code == 204
    stored = events(rig, conversation)
    user = next(event for event in stored if event["event"] == "user")
    assert (user["text"], user["parse_data"]["intent"]["name"]) == ("anybody there?", None)
    said = next(event for event in stored if event["event"] == "bot")
    assert said["text"] == "Ann here"
    assert said["metadata"]["shopclerk"]["operator"] == "ann"
    assert [event["name"] for event in stored if event["event"] == "action"] == [
        "action_session_start",
        "action_listen",
    ]


def test_the_bot_answers_again_afterwards(bot, conversation):
    bot.turn(conversation, "hello")
    bot.listen(conversation, kind="shopper_message", text="cancel my order")
    bot.listen(conversation, kind="operator_message", text="Done.", operator="ann")
    bot.listen(conversation, kind="handoff_ended", operator="ann")
    assert bot.turn(conversation, "bye").replies[0].text == "Goodbye!"


def test_a_sentence_of_the_gateway_is_no_reply_of_the_bot(bot, conversation):
    bot.turn(conversation, "hello", message_id="m-1")
    bot.listen(conversation, kind="bot_message", text="We have a fault, ticket T-1.")
    again = bot.turn(conversation, "hello", message_id="m-1")
    assert [reply.text for reply in again.replies] == ["Hello! What can I do?"]


def test_feedback_is_stored_once_and_touches_no_slot(bot, rig, conversation):
    bot.turn(conversation, "hello", message_id="m-1")
    for _ in range(2):
        answer = bot.listen(conversation, message_id="f-1", kind="feedback", value=-1, about_message_id="m-1")
        assert answer.status_code == 204
    found = [event for event in events(rig, conversation) if event["event"] == "shopclerk_feedback"]
    assert len(found) == 1
    notes = found[0]["metadata"]["shopclerk"]
    assert (notes["value"], notes["about_message_id"], notes["message_id"]) == (-1, "m-1", "f-1")
    assert bot.turn(conversation, "bye").replies[0].text == "Goodbye!"


@pytest.mark.parametrize(
    "request_values",
    [
        {"kind": "shout", "text": "x"},
        {"kind": "feedback", "value": 2, "about_message_id": "m"},
        {"kind": "feedback", "value": 1},
        {"kind": "shopper_message"},
        {"kind": "operator_message", "text": "nul \0"},
    ],
)
def test_what_cannot_be_logged_is_refused(bot, conversation, request_values):
    assert bot.listen(conversation, **request_values).status_code == 400
