"""The services beside Rasa: down, slow, lying."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
from http_double import FAULTS
from nlu_double import parse_result


@pytest.fixture
def conversation() -> str:
    return f"c-{uuid.uuid4().hex}"


@pytest.mark.parametrize("fault", ["500", "404", "400", "garbage", "empty", "null", "wrong_schema", "reset", "huge"])
def test_a_transformer_that_fails_is_replaced_by_the_local_classifier(bot, rig, conversation, fault):
    rig.nlu.fault = fault
    started = time.monotonic()
    result = bot.turn(conversation, "hello")
    assert time.monotonic() - started < 1.0
    assert (result.understood_by, result.replies[0].text) == ("local", "Hello! What can I do?")


def test_a_transformer_that_is_down_is_replaced(bot, rig, conversation):
    rig.nlu.stop()
    result = bot.turn(conversation, "cancel my order")
    assert result.understood_by == "local"
    assert result.replies[0].text.startswith("Done: action_cancel_order")


def test_a_slow_transformer_costs_its_deadline_until_the_breaker_opens(bot, rig, conversation):
    rig.nlu.slow_s = 5.0
    times = []
    for _ in range(8):
        started = time.monotonic()
        assert bot.turn(conversation, "hello").understood_by == "local"
        times.append(time.monotonic() - started)
    assert max(times) < 1.3
    assert sum(taken > 0.7 for taken in times) <= 5
    assert times[-1] < 0.3
    rig.nlu.slow_s = 0.0
    began = time.monotonic()
    bot.until_breaker_closed()
    assert time.monotonic() - began < 5


def test_one_slow_parse_does_not_hold_up_another_conversation(bot, rig, conversation):
    rig.nlu.slow_s = 0.6
    threads = [threading.Thread(target=bot.turn, args=(f"c-{uuid.uuid4().hex}", "hello")) for _ in range(8)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 2.0


def lies(version: str) -> list[dict]:
    """Answers with status 200 that no transformer would give."""
    good = parse_result("hello", "greet", version)
    entity = {"entity": "order_id", "value": "x", "start": 0, "end": 3, "text": "hel"}
    return [
        {**good, "intent": {"name": "greet", "confidence": 7}},
        {**good, "intent": {"name": "greet", "confidence": "high"}},
        {**good, "intent": {"name": "", "confidence": 0.9}},
        {**good, "intent": None},
        {**good, "intent": {"name": "no_such_intent", "confidence": 0.9}},
        {**good, "intent_ranking": []},
        {**good, "intent_ranking": "greet"},
        {**good, "entities": None},
        {**good, "entities": [{**entity, "start": -1}]},
        {**good, "entities": [{**entity, "end": 99}]},
        {**good, "entities": [{**entity, "start": 3, "end": 1}]},
        {**good, "entities": [{"entity": "order_id"}]},
        {**good, "out_of_scope_score": None},
        {**good, "is_fallback": "no"},
        {**good, "model_version": 5},
        {key: value for key, value in good.items() if key != "text"},
        {},
        {"intent": "greet"},
        {**good, "intent": {"name": "greet", "confidence": float("nan")}},
        {**good, "out_of_scope_score": float("inf")},
        {**good, "out_of_scope_score": 10**400},
    ]


@pytest.mark.parametrize("number", range(21))
def test_an_answer_that_cannot_be_is_not_believed(bot, rig, conversation, number):
    rig.nlu.raw_parse = lies(next(iter(rig.nlu.versions)))[number]
    result = bot.turn(conversation, "hello")
    assert (result.understood_by, result.replies[0].text) == ("local", "Hello! What can I do?")


def test_entities_of_another_bot_are_left_out(bot, rig, conversation):
    version = next(iter(rig.nlu.versions))
    entity = {"entity": "shoe_size", "value": "x", "start": 0, "end": 3, "text": "hel"}
    rig.nlu.raw_parse = {**parse_result("hello", "greet", version), "entities": [entity]}
    result = bot.turn(conversation, "hello")
    assert (result.understood_by, result.prediction.entities) == ("transformer", ())


@pytest.mark.parametrize("fault", FAULTS)
def test_an_action_that_fails_is_named_and_the_conversation_goes_on(bot, rig, conversation, fault):
    _break(rig.actions, fault)
    started = time.monotonic()
    result = bot.turn(conversation, "cancel my order", message_id="m-1")
    assert time.monotonic() - started < 3.0
    assert (result.failed_action, result.replies) == ("action_cancel_order", ())
    rig.actions.reset()
    assert bot.turn(conversation, "cancel my order", message_id="m-1") == result
    assert bot.turn(conversation, "hello").replies[0].text == "Hello! What can I do?"
    assert bot.turn(conversation, "cancel my order").replies[0].text.startswith("Done: action_cancel_order")


def test_an_action_that_says_nothing_is_a_fault(bot, rig, conversation):
    rig.actions.responses = []
    result = bot.turn(conversation, "cancel my order")
    assert (result.failed_action, result.replies) == ("action_cancel_order", ())


@pytest.mark.parametrize("said", ["nul \0", float("nan")])
def test_an_action_that_says_what_cannot_be_stored_is_a_fault(bot, rig, conversation, said):
    rig.actions.responses = [{"text": "here", "custom": {"source": said}}]
    assert bot.turn(conversation, "cancel my order").failed_action == "action_cancel_order"
    assert bot.turn(conversation, "hello").replies[0].text == "Hello! What can I do?"


def test_an_action_that_fails_after_a_form_keeps_what_was_filled(bot, rig, conversation):
    bot.turn(conversation, "where is my order")
    rig.actions.fault = "500"
    assert bot.turn(conversation, "it is #W2611340").failed_action == "action_track_order"
    rig.actions.reset()
    assert bot.turn(conversation, "where is my order").replies[0].text == "Done: action_track_order #W2611340"


def test_malformed_cards_are_left_out(bot, rig, conversation):
    custom = {"cards": [{"kind": "order"}, 7, {"kind": "order", "title": "good"}], "effects": [7, "token"], "source": 3}
    rig.actions.responses = [{"text": "here", "custom": custom, "buttons": [{"title": "no payload"}]}]
    result = bot.turn(conversation, "cancel my order")
    assert [card.title for card in result.replies[0].cards] == ["good"]
    assert (result.effects, result.replies[0].source, result.replies[0].buttons) == (("token",), None, ())


def test_what_goes_to_an_action_stays_small(bot, rig, conversation):
    for number in range(7):
        bot.turn(conversation, f"hello number {number} " + "x" * 1500)
    bot.turn(conversation, "cancel my order")
    call = next(body for _, path, body in rig.actions.calls[::-1] if path == "/webhook")
    import json

    assert len(json.dumps(call)) < 64 * 1024
    users = [event for event in call["tracker"]["events"] if event["event"] == "user"]
    assert all("context" not in event["metadata"] for event in users)
    assert "context" in call["tracker"]["latest_message"]["metadata"]


def _break(double, fault: str) -> None:
    if fault == "refused":
        double.stop()
    elif fault == "slow":
        double.slow_s = 10.0
    else:
        double.fault = fault


def test_nothing_that_a_shopper_wrote_gets_into_the_log(bot, rig, conversation):
    canary = f"canary{uuid.uuid4().hex}"
    bot.turn(conversation, f"hello {canary}")
    rig.nlu.fault = "garbage"
    rig.actions.fault = "500"
    bot.turn(conversation, "cancel my order")
    bot.turn(conversation, f"cancel my order {canary}")
    bot.post_turn(conversation, text=f"{canary} nul \0")
    bot.press(conversation, '/track_order{"order_id": "' + canary + '"}')
    bot.listen(conversation, kind="shopper_message", text=canary)
    log = bot.log.read_text()
    assert "The action action_cancel_order failed" in log
    assert canary not in log
