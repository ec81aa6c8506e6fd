"""What is WeChat's own."""

import pytest

from contract.wire import InvalidInput
from gateway.channels.messengers.wechat_xml import parse_fields
from tests.gateway.channels.people import OnWeChat, Request, numbered
from tests.gateway.channels.provider import web


@pytest.fixture
def person(someone):
    return someone(OnWeChat)


def test_the_address_is_verified_by_its_echo(person, messengers):
    address = f"{messengers.url}/v1/channels/wechat"
    answer = web().get(address, params={**person.query(), "echostr": "5837397576500011341"})
    assert (answer.status_code, answer.text) == (200, "5837397576500011341")
    for wrong in (person.query(key="another"), person.query(age_s=400), {}):
        assert web().get(address, params={**wrong, "echostr": "x"}).json()["error_type"] == "unauthorised"
    assert web().get(address, params=person.query()).status_code == 400


def test_a_message_is_acknowledged_and_answered_through_customer_service(person, eventually):
    request = person.message("你好")
    assert person.post(request).text == "success"
    (call,) = eventually(lambda: person.calls(person.provider.calls))
    assert call.path == "/cgi-bin/message/custom/send?access_token=access-wechat-secret"
    assert call.body["msgtype"] == "text"


def test_choices_are_numbered_and_a_number_is_its_choice(person, bot, messengers, all_sent, eventually):
    person.write("buttons")
    eventually(lambda: len(person.got) == 3)
    assert person.texts[1] == "Order A1\nTotal: 9.99\n\nReply with a number:\n1. Cancel it"
    assert person.texts[2] == "Reply with a number:\n2. Yes\n3. No"
    all_sent()
    chosen = person.write(" 2. ")
    eventually(lambda: len(person.got) == 4)
    (turn,) = bot.seen("turns", payload="/affirm", conversation_id=bot.seen("turns")[-1]["conversation_id"])
    assert person.post(chosen).status_code == 200  # the provider's retry is no number of another list
    person.write("hello")
    eventually(lambda: len(person.got) == 5)
    assert bot.seen("turns", payload="/affirm", conversation_id=turn["conversation_id"]) == [turn]
    assert "message_repeated" not in messengers.log


def test_a_number_is_a_choice_only_after_a_list(person, bot, all_sent, eventually):
    person.write("2")
    eventually(lambda: person.got)
    assert bot.seen("turns")[-1]["text"] == "2"
    person.write("buttons")
    eventually(lambda: len(person.got) == 4)
    all_sent()
    number = numbered("\n".join(person.texts))["No"]
    person.write(str(int(number) + 1))
    eventually(lambda: len(person.got) == 5)
    assert bot.seen("turns")[-1]["text"] == "4"
    person.write(number)  # the list was not the last word
    eventually(lambda: len(person.got) == 6)
    assert bot.seen("turns")[-1]["text"] == "3"


def test_a_number_that_an_operator_asks_for_is_a_number(person, bot, operators, all_sent, eventually):
    person.write("buttons")
    eventually(lambda: len(person.got) == 3)
    conversation = bot.seen("turns", text="buttons")[-1]["conversation_id"]
    operators.post(f"/conversations/{conversation}/take", json={"operator": "Ana"}).raise_for_status()
    said = {"operator": "Ana", "text": "How many pieces?"}
    operators.post(f"/conversations/{conversation}/messages", json=said).raise_for_status()
    eventually(lambda: len(person.got) == 5)
    all_sent()
    person.write("2")
    items = eventually(
        lambda: (
            (found := operators.get(f"/conversations/{conversation}/items").json()["items"])
            and found[-1]["author"] == "shopper"
            and found
        )
    )
    assert items[-1]["text"] == "2"


def test_a_new_follower_is_greeted_and_other_events_are_ignored(person, bot, all_sent, eventually):
    for event in ("unsubscribe", "LOCATION", "VIEW"):
        assert person.post(person.signed(person.xml("event", Event=event, EventKey="k"))).text == "success"
    assert person.post(person.signed(person.xml("event", Event="subscribe", EventKey=""))).text == "success"
    eventually(lambda: person.got)
    assert numbered(person.texts[0]) == {"Track my order": "1", "Find a product": "2", "Talk to a person": "3"}
    all_sent()
    person.write("3")
    eventually(lambda: len(person.got) == 2)
    assert bot.seen("turns")[-1]["payload"] == "/contact_human_agent"


def test_what_was_spoken_counts_if_wechat_understood_it(person, bot, eventually):
    spoken = person.xml("voice", MediaId="m", Format="amr", Recognition="where is my order", MsgId=77)
    person.post(person.signed(spoken))
    eventually(lambda: person.got)
    assert bot.seen("turns")[-1]["text"] == "where is my order"


def test_an_access_token_that_ended_is_renewed(person, eventually):
    person.write("first")
    eventually(lambda: person.got)
    person.provider.next_answers.append((200, {"errcode": 42001, "errmsg": "access_token expired"}))
    before = len(person.provider.calls)
    person.write("hello")
    eventually(lambda: len(person.got) == 3)  # the fake server keeps what it answered with 200
    assert [call.path.partition("?")[0] for call in person.provider.calls[before:]] == [
        "/cgi-bin/message/custom/send",
        "/cgi-bin/stable_token",
        "/cgi-bin/message/custom/send",
    ]


@pytest.mark.parametrize(("code", "is_sent_again"), [(45009, True), (-1, True), (45015, False)])
def test_an_error_is_tried_again_only_if_it_passes(person, code, is_sent_again, messengers, eventually):
    person.provider.next_answers.append((200, {"errcode": code, "errmsg": "no"}))
    person.write("hello")
    eventually(lambda: f"errcode {code}" in messengers.log)
    person.write("again")
    eventually(lambda: len(person.got) == 2 + is_sent_again)


BOMB = '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
HOSTILE = [
    "",
    "<xml",
    "not xml",
    "<other><MsgType>text</MsgType></other>",
    f"{BOMB}<xml><Content>&b;</Content></xml>",
    '<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml/>',
    '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><Content>&x;</Content></xml>',
    '<?xml version="1.0" encoding="x-unknown"?><xml/>',
    "<?php echo 1 ?><xml/>",
    "<xml><A>1</A><A>2</A></xml>",
    "<xml>" + "<a>" * 100 + "</a>" * 100 + "</xml>",
    "<xml>" + "".join(f"<a{number}>1</a{number}>" for number in range(200)) + "</xml>",
    "<xml><MsgType>text</MsgType><Content>hostile</Content></xml>",
]


@pytest.mark.parametrize("xml", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_xml_has_a_typed_answer(person, bot, xml):
    answer = person.post(person.signed(xml))
    assert (answer.status_code, answer.json()["error_type"]) == (400, "invalid_input")
    assert not bot.seen("turns", text="hostile")


def test_bytes_that_are_no_text_are_refused(person):
    answer = person.post(Request(b"<xml><Content>\xff\xfe</Content></xml>", {}, person.query()))
    assert answer.json()["error_type"] == "invalid_input"


def test_the_fields_of_a_message():
    xml = b"<xml><A><![CDATA[1 < 2]]></A><B>x &amp; y</B><C><D>deeper</D></C></xml>"
    assert parse_fields(xml) == {"A": "1 < 2", "B": "x & y", "C": ""}
    with pytest.raises(InvalidInput):
        parse_fields(b"<xml/><xml/>")
