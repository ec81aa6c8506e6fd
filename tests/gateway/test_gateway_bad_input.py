"""Everything that should not be sent: a typed error with a sentence, quickly, and nobody else notices."""

import json
import socket
import uuid

import httpx
import pytest

HEADERS = {"Content-Type": "application/json"}


def _post(someone, content, **headers):
    return someone.http.post("/v1/messages?wait=1", content=content, headers={**HEADERS, **headers})


def _body(text):
    return json.dumps({"message_id": str(uuid.uuid4()), "text": text})


def _is_typed(answer, status, error_type=None):
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert body["error"].endswith(".") and body["error_type"] == (error_type or body["error_type"])
    return True


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"hi"',
        b"null",
        b"7",
        b"\xff\xfe",
        b'{"message_id": "\xc3\x28"}',
        b"\x00",
        b"[" * 15000,
        b'{"a":' * 4000 + b"1" + b"}" * 4000,
        b'{"message_id": "0d3f2b9c-5f0e-4c1b-9a53-6f2a7e1c8b44", "text": NaN}',
        b'{"message_id": 1e999, "text": "hi"}',
        b'{"text": "a", "text": "b", "message_id": "x"}',
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_is_no_json_object_is_refused(shopper, content):
    assert _is_typed(_post(shopper(), content), 400, "invalid_input")


@pytest.mark.parametrize("text", [None, 7, True, [], {}, "", "   \n\t ", "\u200b\u2060", "\u202e", "\x07", "a\x00b"])
def test_a_text_that_says_nothing_is_refused(shopper, bot, text):
    someone, message_id = shopper(), str(uuid.uuid4())
    answer = someone.http.post("/v1/messages?wait=1", json={"message_id": message_id, "text": text})
    assert _is_typed(answer, 400, "invalid_input")
    assert not bot.seen("turns", message_id=message_id)
    assert len(someone.history()) == 1


def test_an_empty_message_gets_a_friendly_sentence(shopper):
    assert shopper().post(" ").json()["error"] == "Please type a message: this one is empty."


@pytest.mark.parametrize(
    "message_id", [None, 5, "", "x", "a" * 36, "../../x", "\x00" * 36, "0d3f2b9c-5f0e-4c1b-9a53-6f2a7e1c8b440"]
)
def test_a_message_id_is_a_uuid(shopper, message_id):
    answer = shopper().http.post("/v1/messages", json={"message_id": message_id, "text": "hi"})
    assert _is_typed(answer, 400)
    assert "UUID" in answer.json()["error"]


def test_text_and_token_together_or_neither_are_refused(shopper):
    someone = shopper()
    assert _is_typed(someone.post("hi", token="abc"), 400)
    assert _is_typed(someone.post(), 400)


def test_a_lone_surrogate_is_refused(shopper):
    assert _is_typed(_post(shopper(), b'{"message_id":"%b","text":"\\ud800"}' % str(uuid.uuid4()).encode()), 400)


@pytest.mark.parametrize("length", [2001, 100_000, 1_000_000])
def test_a_long_text_is_too_large(shopper, length):
    someone = shopper()
    answer = someone.post("x" * length)
    assert _is_typed(answer, 413, "too_large")
    assert answer.elapsed.total_seconds() < 2
    assert someone.say("still here")


def test_an_endless_chunked_body_is_cut_off(shopper):
    someone = shopper()
    answer = someone.http.post("/v1/messages", content=(b"x" * 65536 for _ in range(200)), headers=HEADERS)
    assert _is_typed(answer, 413)


def test_two_thousand_escaped_emoji_are_accepted(shopper):
    someone = shopper()
    assert _post(someone, json.dumps({"message_id": str(uuid.uuid4()), "text": "😀" * 2000})).status_code == 200
    assert someone.history()[1]["text"] == "😀" * 2000


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽 ❤️ 1️⃣",
        "שלום, איפה ההזמנה שלי?",
        "مرحبا، أين طلبي؟",
        "می‌خواهم",
        "क्‍ष",
        "订单在哪里？",
        "Wo ist meine Bestellung? Größe ß",
        "<b>hi</b><script>alert(1)</script><img src=x onerror=alert(1)>",
        '=HYPERLINK("http://evil")',
        "'; DROP TABLE items; --",
        "../../etc/passwd ${jndi:ldap://x} {{7*7}} %s%n",
        "A" * 1999 + "!",
        "line one\nline two",
    ],
)
def test_text_of_every_kind_arrives_as_it_was_typed(shopper, bot, text):
    someone, message_id = shopper(), str(uuid.uuid4())
    someone.say(text, message_id=message_id)
    assert someone.history()[1]["text"] == text
    assert bot.seen("turns", message_id=message_id)[0]["text"] == text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\x07b\x1b[31mc\x1b[0m", "abc"),
        ("pay\u202egnp.exe", "paygnp.exe"),
        ("se\u200bcr\u2060et\ufeff", "secret"),
        ("hi\U000e0041\U000e0042", "hi"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("  padded  ", "padded"),
    ],
)
def test_control_and_invisible_characters_are_removed(shopper, bot, sent, kept):
    someone, message_id = shopper(), str(uuid.uuid4())
    someone.say(sent, message_id=message_id)
    assert bot.seen("turns", message_id=message_id)[0]["text"] == kept


@pytest.mark.parametrize(
    "text", ['/cancel_order{"order_id":"W1"}', "/restart", "/whoami", "EXTERNAL: x", "gateway:person"]
)
def test_a_command_is_plain_text(shopper, bot, text):
    """It goes to the bot as what was typed, never as the payload of a button."""
    someone, message_id = shopper(), str(uuid.uuid4())
    someone.say(text, message_id=message_id)
    (turn,) = bot.seen("turns", message_id=message_id)
    assert (turn["text"], turn["payload"]) == (text, None)


def test_a_button_is_a_token_and_arrives_as_its_payload(shopper, bot):
    someone, message_id = shopper(), str(uuid.uuid4())
    answer = someone.post("buttons")
    assert "/cancel_order" not in answer.text and "/affirm" not in answer.text
    (item,) = answer.json()["items"]
    assert item["source"] == {"title": "Policy", "url": "https://shop.example/policy"}
    (card,) = item["cards"]
    assert (card["image_url"], card["fields"]) == (None, [{"label": "Total", "value": "9.99"}])
    someone.post(token=card["buttons"][0]["token"], message_id=message_id)
    (turn,) = bot.seen("turns", message_id=message_id)
    assert (turn["text"], turn["payload"]) == (None, '/cancel_order{"order_id": "A1"}')
    assert someone.history()[3]["text"] == "Cancel it"


def test_a_button_of_another_conversation_is_refused(shopper, bot):
    one, other = shopper(), shopper()
    token = one.say("buttons")[0]["buttons"][0]["token"]
    message_id = str(uuid.uuid4())
    assert _is_typed(other.post(token=token, message_id=message_id), 404)
    assert not bot.seen("turns", message_id=message_id)
    assert len(other.history()) == 1


@pytest.mark.parametrize("token", ["x", "/affirm", "A" * 43, "A" * 300, "", 7, None])
def test_a_button_that_nobody_offered_is_refused(shopper, token):
    answer = shopper().post(token=token)
    assert answer.status_code in (400, 404) and _is_typed(answer, answer.status_code)


def test_other_media_and_methods_are_refused(shopper):
    someone = shopper()
    assert _is_typed(_post(someone, b"text=hi", **{"Content-Type": "application/x-www-form-urlencoded"}), 415)
    assert _is_typed(_post(someone, b"hi", **{"Content-Type": "text/plain"}), 415)
    assert _is_typed(_post(someone, b"\x1f\x8b", **{"Content-Encoding": "gzip"}), 415)
    assert _is_typed(someone.http.put("/v1/messages"), 405, "method_not_allowed")
    assert _is_typed(someone.http.get("/v1/feedback"), 405)
    assert _is_typed(someone.http.options("/v1/messages"), 405)
    assert someone.http.head("/v1/messages").status_code == 405
    assert _is_typed(someone.http.get("/static/%00"), 404)
    assert _is_typed(someone.http.get("/v1/nothing"), 404, "not_found")
    assert _is_typed(someone.http.get("/docs"), 404)


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "99999999999", "1;2", ""])
def test_after_is_a_number(shopper, after):
    someone = shopper()
    answer = someone.http.get("/v1/messages", params={"after": after})
    assert answer.status_code == (200 if after == "" else 400)


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["two lengths", "smuggling", "binary", "long line", "negative length"],
)
def test_broken_http_harms_nobody(gateway, shopper, raw):
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as line:
        line.sendall(raw)
        line.settimeout(2)
        try:
            answer = line.recv(65536)
        except OSError:
            answer = b""
    assert not answer.startswith(b"HTTP/1.1 2")
    assert shopper().say("hello")


def test_slow_senders_hold_up_nobody(gateway, shopper):
    lines = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(100)]
    for line in lines:
        line.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-")
    answer = shopper().post("hello")
    assert answer.status_code == 200 and answer.elapsed.total_seconds() < 3
    for line in lines:
        line.close()


def test_errors_do_not_quote_what_was_sent(gateway):
    answer = httpx.post(f"{gateway.url}/v1/messages", content=b"my secret {", headers=HEADERS)
    assert "secret" not in answer.text
