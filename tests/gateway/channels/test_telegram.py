"""Telegram end to end: updates as the Bot API sends them, and what its API is asked in turn."""

import itertools
import uuid

import httpx
import pytest

from tests.gateway.channels.provider import web

SECRET = "telegram-webhook-secret"
_numbers = itertools.count(1000)


@pytest.fixture(scope="module")
def provider(make_provider):
    return make_provider(lambda call: {"ok": True, "result": {"message_id": 1}})


@pytest.fixture(scope="module")
def own_gateway(make_gateway, provider):
    return make_gateway(
        telegram_token="4711:token",
        telegram_webhook_secret=SECRET,
        telegram_url=provider.url,
        messages_per_minute=6,
        turn_deadline_s=5,
    )


@pytest.fixture
def operators(own_gateway):
    key = {"Authorization": "Bearer a secret key for tests, long enough"}
    with httpx.Client(base_url=f"{own_gateway.url}/v1/operator", headers=key) as client:
        yield client


class Person:
    """Someone on Telegram in a private chat with the bot."""

    def __init__(self, gateway, provider):
        self.gateway, self.provider, self.id = gateway, provider, next(_numbers)

    def update(self, **message):
        who = {"id": self.id, "is_bot": False, "first_name": "Ana", "language_code": "en"}
        chat = {"id": self.id, "first_name": "Ana", "type": "private"}
        return {
            "update_id": next(_numbers),
            "message": {"message_id": next(_numbers), "from": who, "chat": chat, "date": 1764250000, **message},
        }

    def post(self, update, secret=SECRET):
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
        return web().post(f"{self.gateway.url}/v1/channels/telegram", json=update, headers=headers)

    def write(self, text):
        update = self.update(text=text)
        assert self.post(update).status_code == 200
        return update

    def press(self, button):
        shown = self.update(text="Choose")["message"]
        who = shown["from"]
        query = {"id": str(next(_numbers)), "from": who, "message": shown, "chat_instance": "1"}
        query["data"] = button["callback_data"]
        return self.post({"update_id": next(_numbers), "callback_query": query})

    @property
    def got(self):
        return self.provider.bodies(chat_id=str(self.id))


@pytest.fixture
def person(own_gateway, provider, bot):
    return Person(own_gateway, provider)


def test_a_message_is_answered(person, eventually):
    person.write("hello <there>")
    (answer,) = eventually(lambda: person.got)
    assert answer["text"].startswith("heard ") and answer["parse_mode"] == "HTML"
    assert person.provider.calls[-1].path == "/bot4711:token/sendMessage"


def test_buttons_cards_and_a_pressed_button(person, bot, eventually):
    person.write("buttons")
    text, card, choose = eventually(lambda: len(person.got) == 3 and person.got)
    assert text["text"] == 'Choose\n\nSource: <a href="https://shop.example/policy">Policy</a>'
    assert card["text"] == "<b>Order A1</b>\nTotal: 9.99"
    assert [row[0]["text"] for row in card["reply_markup"]["inline_keyboard"]] == ["Cancel it"]
    yes, no = (row[0] for row in choose["reply_markup"]["inline_keyboard"])
    assert (yes["text"], no["text"]) == ("Yes", "No")
    assert all(len(button["callback_data"].encode()) <= 64 for button in (yes, no))
    answer = person.press(yes)
    assert answer.json() == {"method": "answerCallbackQuery", "callback_query_id": answer.json()["callback_query_id"]}
    eventually(lambda: len(person.got) == 4)
    assert bot.seen("turns")[-1]["payload"] == "/affirm"


def test_a_button_of_another_person_is_not_offered(person, own_gateway, provider, eventually):
    person.write("buttons")
    button = eventually(lambda: len(person.got) == 3 and person.got)[1]["reply_markup"]["inline_keyboard"][0][0]
    other = Person(own_gateway, provider)
    assert other.press(button).status_code == 200
    assert eventually(lambda: other.got)[0]["text"] == "That button is no longer offered. Please ask again."


def test_the_providers_retry_is_answered_once(person, bot, eventually):
    update = person.write("once")
    for _ in range(3):
        assert person.post(update).status_code == 200
    eventually(lambda: person.got)
    person.write("twice")
    eventually(lambda: len(person.got) == 2)
    assert len(person.got) == 2
    assert len(bot.seen("turns", text="once")) == 1


def test_the_chat_begins_with_a_greeting(person, bot, eventually):
    person.write("/start deep-link")
    (greeting,) = eventually(lambda: person.got)
    assert greeting["text"].startswith("Hi! I am the assistant of Shopclerk Demo.")
    buttons = [row[0] for row in greeting["reply_markup"]["inline_keyboard"]]
    assert [button["text"] for button in buttons] == ["Track my order", "Find a product", "Talk to a person"]
    person.press(buttons[0])
    eventually(lambda: bot.seen("turns", payload="/track_order"))


@pytest.mark.parametrize(
    "sent",
    [
        {"sticker": {"file_id": "x", "emoji": "👍"}},
        {"photo": [{"file_id": "x", "width": 1, "height": 1}], "caption": "look"},
        {"voice": {"file_id": "x", "duration": 2}},
    ],
)
def test_what_is_no_text_gets_a_sentence(person, bot, sent, eventually):
    before = len(bot.seen("turns"))
    update = person.update(**sent)
    assert [person.post(update).status_code for _ in range(2)] == [200, 200]
    (said,) = eventually(lambda: person.got)
    assert said["text"] == "Sorry, I can only read text. Please write what you need."
    assert len(bot.seen("turns")) == before


def test_groups_bots_and_edits_are_ignored(person, bot, eventually):
    group, robot = person.update(text="ignored"), person.update(text="ignored")
    group["message"]["chat"] = {"id": -100, "type": "supergroup", "title": "Fans"}
    robot["message"]["from"]["is_bot"] = True
    edited = {"update_id": 1, "edited_message": person.update(text="ignored")["message"]}
    for update in (group, robot, edited, {"update_id": 2, "my_chat_member": {}}):
        assert person.post(update).status_code == 200
    person.write("heard at last")
    eventually(lambda: person.got)
    assert len(person.got) == 1
    assert not bot.seen("turns", text="ignored")


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "ä"])
def test_another_secret_is_refused(person, bot, secret):
    update = person.update(text="forged")
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret.encode()}
    answer = web().post(f"{person.gateway.url}/v1/channels/telegram", json=update, headers=headers)
    assert (answer.status_code, answer.json()["error_type"]) == (401, "unauthorised")
    assert not bot.seen("turns", text="forged")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff", 400),
        (b"[]", 400),
        (b'{"a": 1, "a": 2}', 400),
        (b'{"message": {"chat": {"type": "private"}, "from": {"is_bot": false}}}', 400),
        (
            b'{"message": {"chat": {"type": "private", "id": "a\\u0000"}, "from": {"is_bot": false}, "message_id": 1}}',
            400,
        ),
        (b'{"message": 7}', 200),
        (b'{"x": "' + b"x" * 600_000 + b'"}', 413),
        (b"[" * 30_000, 400),
    ],
)
def test_hostile_bodies_have_a_typed_answer(person, body, status):
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    answer = web().post(f"{person.gateway.url}/v1/channels/telegram", content=body, headers=headers)
    assert answer.status_code == status
    assert status == 200 or answer.json()["error_type"] in ("invalid_input", "too_large")


@pytest.mark.parametrize(("text", "said"), [("x" * 2001, "at most 2000"), ("\u200b", "empty"), ("a\x00b", "NUL")])
def test_a_text_that_cannot_be_taken_is_told(person, text, said, eventually):
    person.write(text)
    assert said in eventually(lambda: person.got)[0]["text"]


def test_a_failing_provider_gets_it_later_and_once(person, provider, eventually):
    provider.next_answers.extend([(502, {}), (429, {"ok": False, "parameters": {"retry_after": 1}})])
    person.write("patience")
    eventually(lambda: person.got)
    person.write("next")
    eventually(lambda: len(person.got) == 2)
    assert len(person.got) == 2
    refused = [call for call in provider.refused if call.body["chat_id"] == str(person.id)]
    assert len(refused) == 2


def test_what_is_refused_for_good_does_not_stop_what_follows(person, provider, own_gateway, eventually):
    provider.next_answers.append((403, {"ok": False, "description": "Forbidden: bot was blocked by the user"}))
    person.write("blocked")
    eventually(lambda: "bot was blocked" in own_gateway.log)
    person.write("unblocked")
    assert len(eventually(lambda: person.got)) == 1
    assert "token" not in own_gateway.log


def test_an_operators_message_reaches_the_shopper(person, operators, conversation_of, eventually):
    words = f"handoff {uuid.uuid4()}"
    person.write(words)
    eventually(lambda: person.got)
    conversation = conversation_of(words)
    operators.post(f"/conversations/{conversation}/take", json={"operator": "Ana"}).raise_for_status()
    body = {"operator": "Ana", "text": "I *am* Ana & <here>."}
    operators.post(f"/conversations/{conversation}/messages", json=body).raise_for_status()
    operators.post(f"/conversations/{conversation}/release", json={"operator": "Ana"}).raise_for_status()
    said = eventually(lambda: len(person.got) == 4 and [body["text"] for body in person.got])
    assert said[1] == "Ana has joined the conversation."
    assert said[2] == "I *am* Ana &amp; &lt;here&gt;."
    assert "talking to the bot again" in said[3]


def test_a_restart_between_answer_and_sending_delivers_it(person, provider, own_gateway, eventually):
    provider.next_answers.extend([(503, {})] * 3)
    person.write("before the end")
    eventually(lambda: any(call.body["chat_id"] == str(person.id) for call in provider.refused))
    own_gateway.stop(kill=True)
    provider.next_answers.clear()
    own_gateway.start()
    eventually(lambda: person.got)
    assert len(person.got) == 1


def test_a_flood_is_told_once_a_minute_to_wait(person, eventually):
    for number in range(12):
        person.write(f"flood {number}")
    eventually(lambda: len(person.got) >= 7)
    texts = [body["text"] for body in person.got]
    assert 1 <= texts.count("Too many requests from you. Please wait a moment.") <= 2


def test_half_a_set_up_names_what_is_missing(make_gateway):
    import subprocess
    import sys

    gateway = make_gateway(started=False, telegram_token="4711:token")
    run = subprocess.run(
        [sys.executable, "-m", "gateway"], env=gateway.environ(), capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 1
    assert run.stderr == (
        "Telegram is set up in part: set SHOPCLERK_TELEGRAM_WEBHOOK_SECRET too, or none of its settings.\n"
    )


def test_a_channel_that_is_not_set_up_is_not_there(gateway):
    answer = web().post(f"{gateway.url}/v1/channels/telegram", json={})
    assert (answer.status_code, answer.json()["error_type"]) == (404, "not_found")
