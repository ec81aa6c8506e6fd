"""What is Slack's own."""

import pytest

from gateway.channels.messengers.slack import typed
from tests.gateway.channels.people import OnSlack


@pytest.fixture
def person(someone):
    return someone(OnSlack)


def test_the_address_is_verified_by_its_challenge(person):
    asked = {"type": "url_verification", "token": "old", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7"}
    answer = person.post(person.signed(asked))
    assert (answer.status_code, answer.text) == (200, asked["challenge"])
    assert person.post(person.signed(asked, key="another")).status_code == 401


@pytest.mark.parametrize("age_s", [301, -301])
def test_an_old_request_is_refused_even_if_it_was_signed(person, age_s):
    body = person.message("replayed").body
    assert person.post(person.sealed(body, "application/json", age_s=age_s)).json()["error_type"] == "unauthorised"


def test_a_message_is_blocks_with_buttons(person, eventually):
    person.write("buttons")
    eventually(lambda: len(person.got) == 3)
    text, card, choose = (call.body for call in person.calls(person.provider.calls))
    assert text["text"] == "Choose\n\nSource: <https://shop.example/policy|Policy>"
    assert text["blocks"] == [{"type": "section", "text": {"type": "mrkdwn", "text": text["text"]}}]
    assert card["text"] == "*Order A1*\nTotal: 9.99"
    identifiers = [button["action_id"] for button in choose["blocks"][1]["elements"]]
    assert len(identifiers) == len(set(identifiers)) == 2
    assert all(body["unfurl_links"] is False for body in (text, card, choose))
    assert person.calls(person.provider.calls)[0].headers["authorization"] == "Bearer xoxb-slack"


def test_a_thread_is_answered_in_the_thread(person, eventually):
    person.post(person.signed(person.event(text="hello", thread_ts="1764250000.000009")))
    eventually(lambda: person.got)
    assert person.calls(person.provider.calls)[0].body["thread_ts"] == "1764250000.000009"


def test_channels_bots_and_edits_are_ignored(person, bot, eventually):
    for fields in (
        {"channel_type": "channel", "channel": "C1"},
        {"channel_type": "mpim"},
        {"bot_id": "B1"},
        {"subtype": "bot_message", "user": None},
        {"subtype": "message_changed", "message": {"text": "ignored"}},
        {"type": "app_mention"},
    ):
        assert person.post(person.signed(person.event(text="ignored", **fields))).status_code == 200
    assert person.post(person.signed({"type": "app_rate_limited"})).status_code == 200
    person.write("heard")
    eventually(lambda: person.got)
    assert len(person.got) == 1
    assert not bot.seen("turns", text="ignored")


@pytest.mark.parametrize("error", ["ratelimited", "invalid_auth", "internal_error"])
def test_an_error_that_passes_is_tried_again(person, error, eventually):
    person.provider.next_answers.append((200, {"ok": False, "error": error}))
    person.write("hello")
    eventually(lambda: len(person.got) == 2)  # the fake server keeps what it answered with 200


def test_an_error_that_stays_is_logged_and_passed_over(person, messengers, eventually):
    person.provider.next_answers.append((200, {"ok": False, "error": "channel_not_found"}))
    person.write("hello")
    eventually(lambda: "status_200 channel_not_found" in messengers.log)
    person.write("again")
    eventually(lambda: len(person.got) == 2)


@pytest.mark.parametrize(
    "body",
    [b"", b"payload=", b"payload=%7B", b"payload=[]", b"payload={}&payload={}", b"x=%ff", b"&".join([b"a=1"] * 50)],
)
def test_a_form_that_makes_no_sense_is_refused(person, body):
    answer = person.post(person.sealed(body, "application/x-www-form-urlencoded"))
    assert (answer.status_code, answer.json()["error_type"]) == (400, "invalid_input")


@pytest.mark.parametrize("fields", [{"ts": None}, {"channel": ["D1"]}, {"channel": "D" * 300}])
def test_an_event_that_makes_no_sense_is_refused(person, fields):
    answer = person.post(person.signed(person.event(text="hostile", **fields)))
    assert (answer.status_code, answer.json()["error_type"]) == (400, "invalid_input")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("my mail is <mailto:ana@x.example|ana@x.example>", "my mail is ana@x.example"),
        ("see <https://x.example/a?b=1&amp;c=2>", "see https://x.example/a?b=1&c=2"),
        ("call <tel:+123|+1 23>", "call +1 23"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
    ],
)
def test_what_slack_wraps_is_unwrapped(sent, meant):
    assert typed(sent) == meant
