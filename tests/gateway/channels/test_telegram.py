"""What is Telegram's own."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway.channels.people import OnTelegram, Request
from tests.gateway.channels.provider import web


@pytest.fixture
def person(someone):
    return someone(OnTelegram)


def test_the_answer_is_html_to_the_bots_address(person, eventually):
    person.write("markup")
    (call,) = eventually(lambda: person.calls(person.provider.calls))
    assert call.path == "/bot4711:token/sendMessage"
    assert call.body["text"] == "&lt;script&gt;alert(1)&lt;/script&gt; evil <b>bold</b>"
    assert (call.body["parse_mode"], call.body["link_preview_options"]) == ("HTML", {"is_disabled": True})


def test_buttons_are_an_inline_keyboard_below_the_cards(person, eventually):
    person.write("buttons")
    text, card, choose = eventually(lambda: len(person.got) == 3 and person.got)
    assert text.text == 'Choose\n\nSource: <a href="https://shop.example/policy">Policy</a>'
    assert card.text == "<b>Order A1</b>\nTotal: 9.99"
    assert [title for title, _ in card.buttons] == ["Cancel it"]
    assert (choose.text, [title for title, _ in choose.buttons]) == ("Please choose:", ["Yes", "No"])
    assert all(len(token.encode()) <= 64 for _, token in choose.buttons)


def test_a_press_ends_the_buttons_waiting(person):
    request = person.press("A" * 43)
    answer = person.post(request).json()
    assert answer["method"] == "answerCallbackQuery"
    assert answer["callback_query_id"].encode() in request.body


def test_a_button_of_another_person_is_not_offered(person, someone, eventually):
    person.write("buttons")
    eventually(lambda: len(person.got) == 3)
    other = someone(OnTelegram)
    assert other.post(other.press(person.buttons["Yes"])).status_code == 200
    assert eventually(lambda: other.texts) == ["That button is no longer offered. Please ask again."]


def test_the_chat_begins_with_a_greeting(person, bot, eventually):
    person.write("/start deep-link")
    (greeting,) = eventually(lambda: person.got)
    assert greeting.text.startswith("Hi! I am the assistant of Shopclerk Demo.")
    assert [title for title, _ in greeting.buttons] == ["Track my order", "Find a product", "Talk to a person"]
    person.post(person.press(person.buttons["Track my order"]))
    eventually(lambda: bot.seen("turns", payload="/track_order"))


def test_groups_bots_and_edits_are_ignored(person, bot, eventually):
    group, robot = person.update(text="ignored"), person.update(text="ignored")
    group["message"]["chat"] = {"id": -100, "type": "supergroup", "title": "Fans"}
    robot["message"]["from"]["is_bot"] = True
    edited = {"update_id": 1, "edited_message": person.update(text="ignored")["message"]}
    for update in (group, robot, edited, {"update_id": 2, "my_chat_member": {}}):
        assert person.post(person.signed(update)).status_code == 200
    person.write("heard at last")
    eventually(lambda: person.got)
    assert len(person.got) == 1
    assert not bot.seen("turns", text="ignored")


PRIVATE = b'{"message": {"chat": {"type": "private"%s}, "from": {"is_bot": false}, "message_id": 1, "text": "hostile"}}'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff", 400),
        (b"[]", 400),
        (b'{"a": 1, "a": 2}', 400),
        (PRIVATE % b"", 400),
        (PRIVATE % b', "id": "a\\u0000"', 400),
        (PRIVATE % b', "id": true', 400),
        (PRIVATE % b', "id": {}', 400),
        (b'{"message": 7}', 200),
        (b'{"callback_query": []}', 400),
        (b'{"x": "' + b"x" * 600_000 + b'"}', 413),
        (b"[" * 30_000, 400),
    ],
)
def test_hostile_bodies_have_a_typed_answer(person, bot, body, status):
    answer = person.post(Request(body, person.signed({}).headers))
    assert answer.status_code == status
    assert status == 200 or answer.json()["error_type"] in ("invalid_input", "too_large")
    assert not bot.seen("turns", text="hostile")


def test_a_nul_in_a_text_is_told(person, eventually):
    person.write("a\x00b")
    assert "NUL" in eventually(lambda: person.texts)[0]


def test_what_is_refused_for_good_does_not_stop_what_follows(person, messengers, eventually):
    forbidden = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    person.provider.next_answers.append((403, forbidden))
    person.write("blocked")
    eventually(lambda: "bot was blocked" in messengers.log)
    person.write("unblocked")
    assert len(eventually(lambda: person.got)) == 1
    assert "4711:token" not in messengers.log


def test_a_wrong_token_loses_nothing(person, eventually):
    """Once it is put right, everything is sent."""
    person.provider.next_answers.append((401, {"ok": False, "description": "Unauthorized"}))
    person.write("hello")
    assert len(eventually(lambda: person.got)) == 1
    assert len(person.calls(person.provider.refused)) == 1


def test_copies_at_the_same_moment_are_answered_once(person, bot, eventually):
    words = f"at once {uuid.uuid4()}"
    request = person.message(words)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(person.post, [request] * 8))
    assert [answer.status_code for answer in answers] == [200] * 8
    eventually(lambda: person.got)
    person.write("the end")
    eventually(lambda: len(person.got) == 2)
    assert len(bot.seen("turns", text=words)) == 1


def test_a_flood_is_told_once_a_minute_to_wait(person, eventually):
    for number in range(14):
        person.write(f"flood {number}")
    eventually(lambda: len(person.got) >= 9)
    assert 1 <= person.texts.count("Too many requests from you. Please wait a moment.") <= 2


def test_a_channel_that_is_not_set_up_is_not_there(gateway):
    answer = web().post(f"{gateway.url}/v1/channels/telegram", json={})
    assert (answer.status_code, answer.json()["error_type"]) == (404, "not_found")
