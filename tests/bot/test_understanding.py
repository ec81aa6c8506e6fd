"""Breaker, buttons and the form in which Rasa stores a prediction."""

from __future__ import annotations

import pytest

from bot.understanding.breaker import CircuitBreaker
from bot.understanding.parse_data import from_result, not_parsed, to_result
from bot.understanding.payload import parse_payload
from contract.nlu import Entity, IntentScore, ParseResult
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


def test_a_prediction_survives_the_tracker():
    score = IntentScore("track_order", 0.4)
    entity = Entity("order_id", "#W1", 0, 3, "#W1", 0.9, role="old", group="1")
    result = ParseResult(
        "#W1 where", score, (score,), (entity,), 0.2, True, "v-1", (IntentScore("greet", 0.1),), {"a": 1.0}
    )
    stored = from_result(result, understood_by="transformer")
    assert stored["intent"] == {"name": "nlu_fallback", "confidence": 0.4}
    assert to_result(stored) == result
    assert to_result(not_parsed("hello")) is None
    assert to_result({"intent": {"name": "greet"}}) is None


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
