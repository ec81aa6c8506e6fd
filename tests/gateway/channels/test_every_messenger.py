"""What holds on every messenger, over real HTTP: one answer for one message, in order, retried, and after a restart."""

import uuid

import pytest

from tests.gateway.channels.people import ON_WEBHOOKS, ByMail, OnWeChat, Request, numbered


def _choice(person, title):
    """The request that chooses a button, whichever way it is shown."""
    token = person.buttons.get(title)
    return person.press(token) if token else person.message(numbered("\n".join(person.texts))[title])


def _all_shown(person):
    return all(title in f"{person.texts} {person.buttons}" for title in ("Order A1", "9.99", "Cancel it", "Yes", "No"))


def test_a_message_is_answered(person, bot, eventually):
    words = f"hello {uuid.uuid4()}"
    person.write(words)
    eventually(lambda: person.got)
    (turn,) = bot.seen("turns", text=words)
    assert (turn["channel"], turn["customer_id"]) == (person.channel, None)
    assert person.texts[0].startswith(f"heard {turn['message_id']}")


def test_a_pressed_button_is_what_it_stands_for(person, bot, all_sent, eventually):
    words = "buttons please"
    person.write(words)
    eventually(lambda: _all_shown(person))
    all_sent()
    assert "https://shop.example/policy" in person.texts[0]
    conversation = bot.seen("turns", text=words)[-1]["conversation_id"]
    count = len(person.got)
    assert person.post(_choice(person, "No")).status_code == 200
    eventually(lambda: len(person.got) == count + 1)
    assert bot.seen("turns", conversation_id=conversation)[-1]["payload"] == "/deny"


def test_the_providers_retry_is_answered_once(person, bot, eventually):
    words = f"once {uuid.uuid4()}"
    request = person.write(words)
    assert [person.post(request).status_code for _ in range(3)] == [200] * 3
    eventually(lambda: person.got)
    person.write("twice")
    eventually(lambda: len(person.got) == 2)
    assert len(bot.seen("turns", text=words)) == 1


def test_what_is_neither_text_nor_photo_gets_a_sentence(person, bot, eventually):
    before, request = len(bot.seen("turns")), person.voice()
    assert [person.post(request).status_code for _ in range(2)] == [200, 200]
    eventually(lambda: person.got)
    assert person.texts == ["Sorry, I can only take text and photos. Please write what you need."]
    assert len(bot.seen("turns")) == before


def test_an_old_button_is_told(person, eventually):
    if isinstance(person, OnWeChat | ByMail):
        pytest.skip("shows no buttons")
    assert person.post(person.press("A" * 43)).status_code == 200
    assert eventually(lambda: person.texts) == ["That button is no longer offered. Please ask again."]


@pytest.mark.parametrize(("text", "said"), [("x" * 2001, "at most 2000"), ("\u200b", "empty")])
def test_a_text_that_cannot_be_taken_is_told(person, text, said, eventually):
    person.write(text)
    assert said in eventually(lambda: person.texts)[0]


def test_a_failing_provider_gets_it_later_and_once(person, providers, eventually):
    provider = providers[person.channel]
    person.write("hello")  # from now on WeChat's access token is there
    eventually(lambda: person.got)
    provider.next_answers.extend([(502, {}), (429, {}, {"Retry-After": "3"})])
    person.write("patience")
    eventually(lambda: len(person.got) == 2)
    first, second, (_, sent) = *person.calls(provider.refused), person.calls(provider.calls)
    assert second.at - first.at >= 1
    assert sent.at - second.at >= (2 if isinstance(person, ByMail) else 3)  # SMTP cannot say how long
    person.write("next")
    eventually(lambda: len(person.got) == 3)
    assert len(person.calls(provider.refused)) == 2


def test_a_failure_between_two_bubbles_repeats_none_of_them(person, providers, eventually):
    provider = providers[person.channel]
    person.write("hello")
    eventually(lambda: person.got)
    if not isinstance(person, ByMail):  # which says all in one
        provider.next_answers.append(None)
    provider.next_answers.append((503, {}))
    person.write("buttons")
    eventually(lambda: _all_shown(person))
    person.write("the end")
    eventually(lambda: "heard" in person.texts[-1])
    assert len(person.calls(provider.refused)) == 1
    assert len(set(person.texts)) == len(person.texts)


def test_an_operators_message_reaches_the_shopper(person, operators, bot, eventually):
    words = f"handoff {uuid.uuid4()}"
    person.write(words)
    eventually(lambda: person.got)
    conversation = bot.seen("turns", text=words)[0]["conversation_id"]
    operators.post(f"/conversations/{conversation}/take", json={"operator": "Ana"}).raise_for_status()
    body = {"operator": "Ana", "text": "I am **Ana**."}
    operators.post(f"/conversations/{conversation}/messages", json=body).raise_for_status()
    operators.post(f"/conversations/{conversation}/release", json={"operator": "Ana"}).raise_for_status()
    eventually(lambda: "How satisfied" in person.texts[-1])
    told = "\n".join(person.texts)
    assert told.index("Done.") < told.index("Ana has joined") < told.index("I am **Ana**.") < told.index("closed")
    assert told.index("closed") < told.index("How satisfied were you with the help of Ana?")


def test_a_restart_between_answer_and_sending_delivers_it(person, providers, messengers, eventually):
    provider = providers[person.channel]
    provider.next_answers.extend([(503, {})] * 3)
    before = len(provider.refused)
    person.write("before the end")
    eventually(lambda: len(provider.refused) > before)
    messengers.stop(kill=True)
    provider.next_answers.clear()
    messengers.start()
    eventually(lambda: person.got)
    assert len(person.got) == 1


@pytest.mark.parametrize("kind", ON_WEBHOOKS, ids=lambda kind: kind.channel)
def test_another_signature_is_refused(kind, someone, bot):
    person = someone(kind)
    words = f"forged {uuid.uuid4()}"
    true = person.message(words)
    empty = dict.fromkeys(true.headers, "")
    forgeries = [
        Request(true.body, {}),
        Request(true.body, empty, dict.fromkeys(true.query, "")),
        person.signed({"text": words}, key="another"),
    ]
    if person.signs_the_body:
        forgeries.append(Request(true.body.replace(b"forged", b"changed"), true.headers, true.query))
    for forged in forgeries:
        answer = person.post(forged)
        assert (answer.status_code, answer.json()["error_type"]) == (401, "unauthorised")
    assert not bot.seen("turns", text=words)
