"""Generation against a real HTTP server that answers well, wrongly, slowly, or not at all."""

import logging
import threading
import time

import pytest

from actions.generation import Generator
from actions.generation.breaker import Breaker
from actions.generation.client import ChatClient
from actions.generation.masking import mask
from contract.settings import Settings
from contract.wire import InvalidInput, Unavailable

SOURCE = "**Standard delivery is free** to the USA and takes 3 to 5 business days."
GOOD = "Delivery to the USA is free and takes three to five business days."


@pytest.fixture
def server(generation_server):
    generation_server.text = GOOD
    return generation_server


@pytest.fixture
def generator(server):
    return Generator.of(settings_for(server.url))


def settings_for(url, **values):
    base = {"secret_key": "k" * 40, "generation_url": f"{url}/v1", "generation_model": "small"}
    return Settings(**{**base, "generation_timeout_s": 1.0, **values})


def test_a_good_answer_is_given(server, generator):
    assert generator.answer("what does delivery cost?", [SOURCE]) == GOOD
    sent = server.calls[-1][2]
    assert (sent["model"], sent["temperature"]) == ("small", 0)
    assert SOURCE in server.prompt
    assert "Authorization" not in server.headers


def test_the_key_is_sent_as_bearer_token(server):
    Generator.of(settings_for(server.url, generation_key="abc")).answer("delivery?", [SOURCE])
    assert server.headers["Authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    "text",
    [
        "Delivery to the USA is free and takes 2 days.",
        "Delivery is free, see https://evil.example/free.",
        "Delivery is free. I have cancelled your order.",
        "Delivery is free [Cancel](/cancel_order)",
        "NO ANSWER",
        "NO ANSWER.",
        "",
    ],
)
def test_an_answer_of_its_own_making_is_refused(server, generator, text):
    server.text = text
    assert generator.answer("what does delivery cost?", [SOURCE]) is None


def test_the_log_of_a_refusal_names_the_reason_and_not_the_text(server, generator, caplog):
    server.text = "Delivery takes 99 days."
    with caplog.at_level(logging.INFO):
        generator.answer("where does Jane Doe live?", [SOURCE])
    assert "a number" in caplog.text
    assert "99 days" not in caplog.text and "Jane" not in caplog.text


@pytest.mark.parametrize("fault", ["500", "404", "garbage", "empty", "null", "wrong_schema", "reset", "huge"])
def test_a_server_that_fails_gives_no_answer_and_no_error(server, generator, fault):
    server.fault = fault
    assert generator.answer("what does delivery cost?", [SOURCE]) is None


def test_an_answer_that_is_no_text_is_none(server, generator):
    server.text = 7
    assert generator.answer("what does delivery cost?", [SOURCE]) is None


@pytest.mark.parametrize("way", ["slow", "drip"])
def test_the_deadline_holds_whatever_the_server_does(server, way):
    server.slow_s, server.drip_s = (3.0, 0.0) if way == "slow" else (0.0, 0.1)
    generator = Generator.of(settings_for(server.url, generation_timeout_s=0.4))
    began = time.monotonic()
    assert generator.answer("what does delivery cost?", [SOURCE]) is None
    assert time.monotonic() - began < 1.5


def test_the_deadline_leaves_the_action_time_to_answer(server):
    server.slow_s = 3.0
    generator = Generator.of(settings_for(server.url, generation_timeout_s=60.0, action_deadline_s=1.0))
    began = time.monotonic()
    assert generator.answer("what does delivery cost?", [SOURCE]) is None
    assert time.monotonic() - began < 1.0


def test_after_three_failures_the_server_is_left_alone_for_a_while(server, caplog):
    now = [0.0]
    client = ChatClient(f"{server.url}/v1", "small", "")
    generator = Generator(client, within_s=1.0, breaker=Breaker(rest_s=60.0, clock=lambda: now[0]))
    server.fault = "500"
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            assert generator.answer("delivery?", [SOURCE]) is None
    assert len(server.calls) == 3
    assert len(caplog.records) == 1
    server.reset()
    now[0] = 61.0
    assert generator.answer("delivery?", [SOURCE]) == GOOD


def test_only_two_wait_at_once_and_the_others_are_not_held_up(server):
    server.slow_s = 1.0
    generator = Generator.of(settings_for(server.url, generation_timeout_s=0.9))
    waiting = [threading.Thread(target=generator.answer, args=("delivery?", [SOURCE])) for _ in range(2)]
    for thread in waiting:
        thread.start()
    while len(server.calls) < 2:
        time.sleep(0.01)
    began = time.monotonic()
    assert generator.answer("delivery?", [SOURCE]) is None
    assert time.monotonic() - began < 0.2
    for thread in waiting:
        thread.join()


def test_nobody_there_is_no_answer():
    generator = Generator.of(settings_for("http://127.0.0.1:9"))
    assert generator.answer("what does delivery cost?", [SOURCE]) is None
    with pytest.raises(Unavailable, match="cannot be asked"):
        ChatClient("http://127.0.0.1:9/v1", "small", "").complete([], 1.0)


def test_it_is_off_by_default_and_a_half_setting_is_told():
    assert Generator.of(Settings(secret_key="k" * 40)) is None
    for values in ({"generation_model": ""}, {"generation_url": "localhost:8080"}):
        with pytest.raises(InvalidInput, match="SHOPCLERK_GENERATION_URL"):
            Generator.of(settings_for("http://127.0.0.1:9", **values))


PRIVATE = "Hi, my name is Ivan Horvat, mail ivan@shop.example or call +49 (151) 2345-678, order #W2611340, card 4111 1111 1111 1111, 12 Main Street, 90210"  # noqa: E501


def test_personal_data_does_not_leave(server, generator):
    generator.answer(PRIVATE, [SOURCE])
    for secret in ("Ivan", "Horvat", "ivan@", "151", "2345", "2611340", "4111", "Main", "90210"):
        assert secret not in server.prompt
    assert "[order number]" in server.prompt


def test_masking_leaves_what_names_nobody():
    assert (
        mask("can I return 2 shirts of size 42 within 30 days?") == "can I return 2 shirts of size 42 within 30 days?"
    )
    assert mask("") == ""
