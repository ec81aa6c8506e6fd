"""What is WhatsApp's and Messenger's own."""

import pytest

from tests.gateway.channels.people import OnFacebook, OnWhatsApp, Request
from tests.gateway.channels.provider import web


@pytest.fixture
def on_whatsapp(someone):
    return someone(OnWhatsApp)


@pytest.fixture
def on_facebook(someone):
    return someone(OnFacebook)


@pytest.mark.parametrize("kind", [OnWhatsApp, OnFacebook], ids=lambda kind: kind.channel)
def test_the_handshake_echoes_the_challenge_for_our_token_only(messengers, kind):
    address = f"{messengers.url}/v1/channels/{kind.channel}"
    token = kind.settings[f"{kind.channel}_verify_token"]
    asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    answer = web().get(address, params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    for wrong in ({"hub.verify_token": "x"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}):
        assert web().get(address, params={**asked, **wrong}).json()["error_type"] == "unauthorised"
    assert web().get(address, params={**asked, "hub.challenge": "x" * 300}).status_code == 400


def test_the_token_goes_in_a_header_and_never_into_the_log(on_whatsapp, on_facebook, messengers, eventually):
    for person in (on_whatsapp, on_facebook):
        person.write("hello")
        (call,) = eventually(lambda person=person: person.calls(person.provider.calls))
        assert call.headers["authorization"] == f"Bearer {person.settings[f'{person.channel}_token']}"
        assert person.settings[f"{person.channel}_token"] not in messengers.log
    assert on_whatsapp.calls(on_whatsapp.provider.calls)[0].path == "/106540352242922/messages"
    assert on_facebook.calls(on_facebook.provider.calls)[0].path == "/me/messages"


@pytest.mark.parametrize("kind", [OnWhatsApp, OnFacebook], ids=lambda kind: kind.channel)
@pytest.mark.parametrize(
    ("status", "error", "is_sent"),
    [
        (400, {"code": 131056}, True),  # too many messages to one person
        (403, {"code": 4}, True),  # too many calls
        (401, {"code": 190}, True),  # the token has expired
        (400, {"code": 100, "is_transient": True}, True),
        (400, {"code": 131047}, False),  # more than 24 hours since the last message
        (400, {"code": 10, "error_subcode": 2018278}, False),
    ],
)
def test_an_error_of_metas_is_tried_again_only_if_it_passes(someone, kind, status, error, is_sent, eventually):
    person = someone(kind)
    person.provider.next_answers.append((status, {"error": {"message": "(#1) no", **error}}))
    person.write("first")
    eventually(lambda: person.calls(person.provider.refused))
    person.write("second")
    eventually(lambda: len(person.got) == 1 + is_sent)


def test_whatsapp_shows_up_to_three_buttons_and_then_a_list(on_whatsapp, eventually):
    on_whatsapp.write("buttons")
    eventually(lambda: len(on_whatsapp.got) == 3)
    contents = [call.body.get("interactive") for call in on_whatsapp.calls(on_whatsapp.provider.calls)]
    assert contents[0] is None
    assert contents[1]["type"] == contents[2]["type"] == "button"
    assert on_whatsapp.texts[1] == "*Order A1*\nTotal: 9.99"


def test_a_row_of_a_list_is_a_button(on_whatsapp, bot, eventually):
    on_whatsapp.write("buttons")
    eventually(lambda: len(on_whatsapp.got) == 3)
    row = {"type": "list_reply", "list_reply": {"id": on_whatsapp.buttons["Cancel it"], "title": "Cancel it"}}
    on_whatsapp.post(on_whatsapp.signed(on_whatsapp.event("interactive", interactive=row)))
    eventually(lambda: len(on_whatsapp.got) == 4)
    assert bot.seen("turns")[-1]["payload"] == '/cancel_order{"order_id": "A1"}'


def test_whatsapp_ignores_what_is_no_message_to_our_number(on_whatsapp, bot, messengers, eventually):
    reaction = on_whatsapp.event("reaction", reaction={"message_id": "wamid.1", "emoji": "👍"})
    read = on_whatsapp.change(statuses=[{"id": "wamid.1", "status": "read", "recipient_id": on_whatsapp.id}])
    other, group = (on_whatsapp.event("text", text={"body": "ignored"}) for _ in range(2))
    other["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "another"
    group["entry"][0]["changes"][0]["value"]["messages"][0]["group_id"] = "g"
    for event in (reaction, read, other, group, {"object": "x"}, {"entry": 7}, {"entry": [{"changes": [{}]}]}):
        assert on_whatsapp.post(on_whatsapp.signed(event)).status_code == 200
    failed = [{"id": "wamid.1", "status": "failed", "errors": [{"code": 131026, "title": "Undeliverable"}]}]
    on_whatsapp.post(on_whatsapp.signed(on_whatsapp.change(statuses=failed)))
    eventually(lambda: '"codes": [131026]' in messengers.log)
    on_whatsapp.write("heard")
    eventually(lambda: on_whatsapp.got)
    assert len(on_whatsapp.got) == 1
    assert not bot.seen("turns", text="ignored")


def test_several_messages_in_one_request_are_answered_in_order(on_whatsapp, bot, eventually):
    first, second = on_whatsapp.event("text", text={"body": "one"}), on_whatsapp.event("text", text={"body": "two"})
    first["entry"] += second["entry"]
    assert on_whatsapp.post(on_whatsapp.signed(first)).status_code == 200
    eventually(lambda: len(on_whatsapp.got) == 2)
    assert [turn["text"] for turn in bot.seen("turns")][-2:] == ["one", "two"]


def test_messenger_shows_a_carousel_and_a_template(on_facebook, eventually):
    on_facebook.write("buttons")
    eventually(lambda: len(on_facebook.got) == 3)
    messages = [call.body["message"] for call in on_facebook.calls(on_facebook.provider.calls)]
    assert messages[0] == {"text": "Choose\n\nSource: Policy (https://shop.example/policy)"}
    payload = messages[1]["attachment"]["payload"]
    assert payload["template_type"] == "generic"
    (element,) = payload["elements"]
    assert (element["title"], element["subtitle"]) == ("Order A1", "Total: 9.99")
    assert messages[2]["attachment"]["payload"]["template_type"] == "button"


def test_a_quick_reply_is_its_button_and_get_started_a_greeting(on_facebook, bot, eventually):
    on_facebook.post(on_facebook.signed(on_facebook.event(postback={"title": "Start", "payload": "GET_STARTED"})))
    eventually(lambda: "Find a product" in on_facebook.buttons)
    reply = {"payload": on_facebook.buttons["Find a product"]}
    on_facebook.post(on_facebook.signed(on_facebook.said(text="Find a product", quick_reply=reply)))
    eventually(lambda: len(on_facebook.got) == 2)
    assert bot.seen("turns")[-1]["payload"] == "/product_search"


def test_messenger_ignores_echoes_receipts_and_reactions(on_facebook, bot, eventually):
    events = [
        on_facebook.said(text="ignored", is_echo=True),
        on_facebook.event(delivery={"watermark": 1}),
        on_facebook.event(read={"watermark": 1}),
        on_facebook.event(reaction={"mid": "m_1", "action": "react", "emoji": "👍"}),
        {**on_facebook.said(text="ignored"), "object": "instagram"},
    ]
    for event in events:
        assert on_facebook.post(on_facebook.signed(event)).status_code == 200
    on_facebook.write("heard")
    eventually(lambda: on_facebook.got)
    assert len(on_facebook.got) == 1
    assert not bot.seen("turns", text="ignored")


@pytest.mark.parametrize("kind", [OnWhatsApp, OnFacebook], ids=lambda kind: kind.channel)
def test_a_signed_body_that_makes_no_sense_has_a_typed_answer(someone, kind):
    person = someone(kind)
    senseless = [[], 7, None]
    if kind is OnWhatsApp:
        senseless.append(person.change(messages=[{"type": "text", "from": {}, "id": "x"}]))
    else:
        senseless.append({"object": "page", "entry": [{"messaging": [{"message": {"text": "x"}}]}]})
    for body in senseless:
        answer = person.post(person.signed(body))
        assert (answer.status_code, answer.json()["error_type"]) == (400, "invalid_input")
    huge = Request(b"x" * 600_000, person.signed({}).headers)
    assert person.post(huge).json()["error_type"] == "too_large"
