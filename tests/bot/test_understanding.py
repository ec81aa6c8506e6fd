"""Breaker, buttons and the form in which Rasa stores a prediction."""

from __future__ import annotations

import asyncio
import dataclasses
import json

import pytest

from bot.understanding.breaker import CircuitBreaker
from bot.understanding.interpreter import Interpreter
from bot.understanding.parse_data import from_result, not_parsed, to_result
from bot.understanding.payload import parse_payload
from contract.nlu import Entity, IntentScore, ParseResult, Request
from contract.wire import InvalidInput


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_breaker_opens_after_failures_in_a_row_and_tries_one_call_later():
    clock = Clock()
    breaker = CircuitBreaker(failures=3, pause_s=3.0, clock=clock)
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    assert (breaker.state, breaker.allows()) == ("open", False)
    clock.now = 3.0
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.failed()
    assert (breaker.state, breaker.allows()) == ("open", False)
    clock.now = 6.0
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.state == "closed"


def two_requests():
    first, second = IntentScore("cancel_order", 0.4), IntentScore("track_order", 0.9)
    entities = (
        Entity("order_id", "#W1", 7, 10, "#W1", 0.9, role="old", group="1"),
        Entity("color", "red", 14, 17, "red"),
        Entity("order_id", "#W2", 18, 21, "#W2"),
    )
    requests = (Request(first, entities[:1], 0, 10), Request(second, entities[1:], 12, 21))
    return ParseResult("cancel #W1, a red #W2", first, (first,), entities, 0.2, True, "v-1", requests, {"a": 1.0})


def test_a_prediction_survives_the_tracker():
    stored = from_result(two_requests(), understood_by="transformer")
    assert stored["intent"] == {"name": "nlu_fallback", "confidence": 0.4}
    assert to_result(json.loads(json.dumps(stored))) == two_requests()
    assert to_result(not_parsed("hello")) is None
    assert to_result({"intent": {"name": "greet"}}) is None


def test_a_message_with_one_request_is_that_request():
    score, entity = IntentScore("track_order", 0.4), Entity("order_id", "#W1", 0, 3, "#W1")
    result = ParseResult("#W1 where", score, (score,), (entity,), 0.2, False, "v-1")
    assert result.requests == (Request(score, (entity,), 0, 9),)
    assert from_result(result, understood_by="transformer")["shopclerk"]["requests"] == []
    corrected = dataclasses.replace(result, intent=IntentScore("greet", 1.0))
    assert corrected.requests[0].intent == corrected.intent


class Service:
    """The part of ``NluClient`` that an interpreter uses."""

    async def parse(self, text):
        return two_requests()


def test_what_the_domain_does_not_know_is_left_out_of_the_requests():
    async def understood(intents):
        one = Interpreter(service=Service(), local=None, intents=intents, entities={"order_id"})
        return (await one.understand_text("cancel #W1, a red #W2")).prediction

    both = asyncio.run(understood({"cancel_order", "track_order"}))
    assert [[entity.value for entity in request.entities] for request in both.requests] == [["#W1"], ["#W2"]]
    one = asyncio.run(understood({"cancel_order"}))
    assert [request.intent.name for request in one.requests] == ["cancel_order"]
    assert [entity.value for entity in one.requests[0].entities] == ["#W1", "#W2"]


def test_a_payload_is_an_intent_with_entities():
    result = parse_payload('/greet{"order_id": "#W1"}', intents={"greet"}, entities={"order_id"})
    assert (result.intent.name, result.entities[0].value) == ("greet", "#W1")
    assert parse_payload("/greet", intents={"greet"}, entities=()).entities == ()


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "greet",
        "/",
        "/greet{}x",
        '/greet{"a": }',
        '/greet{"a": "b"}',
        "/GREET",
        "/greet\0",
        '/greet{"order_id": NaN}',
        '/greet{"order_id": 1e999}',
    ],
)
def test_other_payloads_are_refused(payload):
    with pytest.raises(InvalidInput):
        parse_payload(payload, intents={"greet"}, entities={"order_id"})
