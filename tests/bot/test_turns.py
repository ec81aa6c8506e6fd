from __future__ import annotations

import threading
import time
import uuid

import pytest
import requests

from bot.archives.pinned import read_pinned
from contract.conversation import Effect, TurnResult
from contract.signing import sign, verify
from contract.wire import from_json


@pytest.fixture
def conversation() -> str:
    return f"c-{uuid.uuid4().hex}"


def test_a_message_is_understood_by_the_transformer_and_answered(bot, conversation):
    result = bot.turn(conversation, "hello")
    assert [reply.text for reply in result.replies] == ["Hello! What can I do?"]
    assert result.replies[0].buttons[0].payload == '/track_order{"order_id": "#W1234567"}'
    assert result.understood_by == "transformer"
    assert result.prediction.intent.name == "greet"
    assert result.archive.endswith(".tar.gz")
    assert result.failed_action is None


def test_the_archive_asks_for_its_own_version(bot, rig, conversation):
    bot.turn(conversation, "hello")
    asked = [body["version"] for _, path, body in rig.nlu.calls if path == "/v1/parse"]
    assert asked == [read_pinned(rig.archive).version]


def test_a_form_takes_the_order_number_of_the_next_message(bot, rig, conversation, key):
    assert bot.turn(conversation, "where is my order").replies[0].text == "Which order?"
    result = bot.turn(conversation, "it is #W2611340")
    assert result.replies[0].text == "Done: action_track_order #W2611340"
    assert result.replies[0].cards[0].fields[0].value == "shipped"
    effect = verify(Effect, result.effects[0], key=key)
    assert (effect.kind, effect.conversation_id) == ("handoff", conversation)


def test_white_space_around_a_text_moves_no_entity(bot, conversation):
    result = bot.turn(conversation, "  it is #W2611340 \n")
    [entity] = result.prediction.entities
    assert result.prediction.text == "it is #W2611340"
    assert result.prediction.text[entity.start : entity.end] == entity.text == "#W2611340"


def test_a_button_means_its_payload(bot, rig, conversation):
    result = bot.press(conversation, '/track_order{"order_id": "#W1234567"}')
    assert result.understood_by == "button"
    assert rig.actions.done[-1][0::2] == ("action_track_order", "#W1234567")
    assert not [path for _, path, _ in rig.nlu.calls if path == "/v1/parse"]


@pytest.mark.parametrize(
    "payload",
    [
        "cancel",
        "/restart",
        "/session_start",
        "/no_such_intent",
        '/greet{"password": "x"}',
        '/greet{"order_id": [1]}',
        "/greet{",
        "/" + "a" * 3000,
        '/greet{"order_id": "\\u0000"}x',
        '/greet{"order_id": "\\u0000"}',
    ],
)
def test_a_button_that_nobody_offered_is_refused(bot, conversation, payload):
    answer = bot.post_turn(conversation, payload=payload)
    assert answer.status_code in (400, 413)
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "text", ['/cancel_order{"order_id":"#W2611340"}', "/restart", "/action_cancel_order", "EXTERNAL: cancel_order"]
)
def test_a_command_in_a_text_is_plain_text(bot, rig, conversation, text):
    result = bot.turn(conversation, text)
    assert result.prediction.text == text
    assert result.replies[0].text == "I did not understand that."
    assert rig.actions.done == []


def test_a_command_is_plain_text_for_the_local_classifier_too(bot, rig, conversation):
    rig.nlu.fault = "500"
    result = bot.turn(conversation, '/cancel_order{"order_id":"#W2611340"}')
    assert result.understood_by == "local"
    assert result.prediction.text == '/cancel_order{"order_id":"#W2611340"}'
    assert result.prediction.model_version.startswith("local-")
    assert {entity.extractor for entity in result.prediction.entities} <= {"local"}


def test_too_little_confidence_is_a_fallback_that_keeps_the_prediction(bot, rig, conversation):
    from nlu_double import parse_result

    version = next(iter(rig.nlu.versions))
    rig.nlu.raw_parse = parse_result("hm", "cancel_order", version, confidence=0.3)
    result = bot.turn(conversation, "hm")
    assert result.replies[0].text == "I did not understand that."
    assert result.prediction.intent.name == "cancel_order"
    assert result.prediction.is_fallback


def test_the_same_message_again_gets_the_same_answer_and_acts_once(bot, rig, conversation):
    first = bot.turn(conversation, "cancel my order", message_id="m-1")
    second = bot.turn(conversation, "cancel my order", message_id="m-1")
    assert first == second
    assert [row[1] for row in rig.actions.done] == ["m-1"]


def test_fifty_copies_at_once_act_once(bot, rig, conversation):
    rig.actions.slow_s = 0.1
    results: list[TurnResult] = []
    _at_once([lambda: results.append(bot.turn(conversation, "cancel my order", message_id="m-1"))] * 50)
    assert len(results) == 50
    assert all(result == results[0] for result in results)
    assert len(rig.actions.done) == 1


def test_a_message_id_with_another_text_is_a_conflict(bot, conversation):
    bot.turn(conversation, "hello", message_id="m-1")
    answer = bot.post_turn(conversation, message_id="m-1", text="goodbye")
    assert answer.status_code == 409
    assert answer.json()["error_type"] == "conflict"


def test_a_client_that_gives_up_does_not_undo_the_turn(bot, rig, conversation):
    rig.actions.slow_s = 0.6
    context = sign(bot.context(conversation, "m-1"), key=bot.key)
    for _ in range(3):
        with pytest.raises(requests.Timeout):
            requests.post(f"{bot.url}/turn", json={"context": context, "text": "cancel my order"}, timeout=0.15)
    result = bot.turn(conversation, "cancel my order", message_id="m-1")
    assert result.replies[0].text.startswith("Done: action_cancel_order")
    assert len(rig.actions.done) == 1


def test_one_slow_conversation_does_not_hold_up_another(bot, rig, conversation):
    rig.actions.slow_s = 0.9
    slow = threading.Thread(target=bot.turn, args=(conversation, "cancel my order"))
    slow.start()
    started = time.monotonic()
    bot.turn(f"c-{uuid.uuid4().hex}", "hello")
    assert time.monotonic() - started < 0.5
    slow.join()


def test_a_long_conversation_is_cut_into_sessions(bot, conversation):
    assert bot.turn(conversation, "where is my order").replies[0].text == "Which order?"
    bot.turn(conversation, "it is #W2611340")
    for _ in range(6):
        bot.turn(conversation, "hello")
    assert bot.turn(conversation, "where is my order").replies[0].text == "Which order?"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"x"', 400),
        (b"1e400", 400),
        (b"[" * 100_000, 400),
        (b'{"context": 7}', 400),
        (b'{"text": "hello"}', 400),
        (b'{"context": "a.b", "text": "hello"}', 401),
        (b'{"context": "", "text": "hello"}', 401),
        (b'{"context": "\\ud800.a", "text": "hello"}', 401),
        (b'{"context": "\xff"}', 400),
        (b"x" * 1_000_000, 413),
    ],
)
def test_a_bad_request_gets_a_status_of_its_own(bot, body, status):
    answer = requests.post(f"{bot.url}/turn", data=body, timeout=5)
    kind = {400: "invalid_input", 401: "unauthorised", 413: "too_large"}[status]
    assert (answer.status_code, answer.json()["error_type"]) == (status, kind)
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("request_values", "status"),
    [
        ({"text": ""}, 400),
        ({"text": "   "}, 400),
        ({}, 400),
        ({"text": "hello", "payload": "/greet"}, 400),
        ({"text": "nul \0 inside"}, 400),
        ({"text": "half a \ud83d pair"}, 400),
        ({"text": "x" * 2001}, 413),
    ],
)
def test_a_text_that_cannot_be_used_is_refused(bot, conversation, request_values, status):
    assert bot.post_turn(conversation, **request_values).status_code == status


@pytest.mark.parametrize("name", ["nul\0x", "x" * 129, "", "../x", "a b", "'; DROP TABLE events; --"])
def test_a_strange_id_is_refused(bot, name):
    assert bot.post_turn(name, text="hello").status_code == 400
    assert bot.post_turn("c-1", message_id=name or " ", text="hello").status_code == 400


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧 hello 🏳️‍🌈",
        "مرحبا \u202eabc",
        "你好",
        "<script>alert(1)</script>",
        "=HYPERLINK(1)",
        "A" * 1999 + "!",
        r"a\u0000b \n",
    ],
)
def test_unusual_texts_are_answered_and_kept_as_they_are(bot, conversation, text):
    assert bot.turn(conversation, text).prediction.text == text


def test_a_context_that_is_old_or_of_another_kind_is_refused(bot, conversation):
    from contract.conversation import Context

    old = Context(conversation, "m-1", "web", issued_at=time.time() - 61)
    other_kind = Effect("handoff", conversation, time.time())
    for token in (
        sign(old, key=bot.key),
        sign(other_kind, key=bot.key),
        sign(old, key="another key of many characters!"),
    ):
        answer = requests.post(f"{bot.url}/turn", json={"context": token, "text": "hello"}, timeout=5)
        assert answer.status_code == 401


def test_parse_needs_the_secret_key(bot):
    assert requests.post(f"{bot.url}/parse", json={"text": "hello"}, timeout=5).status_code == 401
    for given in (b"Bearer \xff", b"Bearer \xc3\xa9"):
        headers = {"Authorization": given}
        assert requests.post(f"{bot.url}/parse", json={"text": "hello"}, headers=headers, timeout=5).status_code == 401
    headers = {"Authorization": f"Bearer {bot.key}"}
    answer = requests.post(f"{bot.url}/parse", json={"text": "hello"}, headers=headers, timeout=5)
    assert (answer.json()["intent"]["name"], answer.json()["understood_by"]) == ("greet", "transformer")


def test_nothing_of_rasas_own_http_api_is_there(bot):
    root = bot.url.removesuffix("/webhooks/shopclerk")
    for path in (
        "/conversations/c-1/tracker",
        "/model/parse",
        "/domain",
        "/webhooks/rest/webhook",
        "/status",
        "/version",
    ):
        assert requests.get(root + path, timeout=5).json()["error_type"] == "not_found"
        assert requests.post(root + path, json={}, timeout=5).status_code == 404


def test_health_and_ready(bot):
    assert requests.get(f"{bot.url}/health", timeout=5).status_code == 200
    assert requests.get(f"{bot.url}/ready", timeout=5).json()["status"] == "ready"
    assert requests.get(f"{bot.url}/", timeout=5).status_code == 200


def test_many_conversations_at_once_are_all_answered(bot):
    results: list[str] = []

    def talk() -> None:
        name = f"c-{uuid.uuid4().hex}"
        results.extend(bot.turn(name, text).replies[0].text for text in ("hello", "where is my order", "bye"))

    _at_once([talk] * 24)
    assert len(results) == 72


def test_results_survive_the_wire(bot, conversation):
    answer = bot.post_turn(conversation, text="cancel my order").json()
    assert from_json(TurnResult, answer).replies[0].cards


def _at_once(works) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
