"""Only a context that we signed counts, and nothing that goes wrong reaches Rasa as an exception."""

import logging
import time

import pytest
from sqlalchemy.exc import OperationalError

from actions.base import BROKEN, NOT_YOURS
from actions.services import orders
from contract.conversation import Context, Effect, sign
from contract.wire import TooMany, Unavailable


def with_context(talk, context, key):
    talk.latest["metadata"] = {"context": sign(context, key=key)}


def test_a_message_without_context_is_refused(talk, order_of):
    talk.hear("my orders", "list_orders").latest["metadata"] = {}
    assert talk.act("action_list_orders").text == NOT_YOURS


def test_a_forged_context_is_refused(talk, order_of):
    known = order_of("pending")
    talk.hear("my orders", "list_orders")
    forged = Context("talk-1", "m-1", "web", time.time(), known.customer_id, time.time())
    with_context(talk, forged, "x" * 40)
    outcome = talk.act("action_list_orders")
    assert outcome.text == NOT_YOURS
    assert not outcome.cards and not outcome.events


def test_an_expired_context_is_refused(talk, order_of):
    known = order_of("pending")
    talk.hear("my orders", "list_orders")
    old = Context("talk-1", "m-1", "web", time.time() - 61, known.customer_id, time.time())
    with_context(talk, old, talk.shop.settings.secret_key)
    assert talk.act("action_list_orders").text == NOT_YOURS


def test_a_slot_makes_nobody_a_customer(talk, order_of):
    known = order_of("pending")
    talk.hear("cancel", "cancel_order")
    talk.slots = {"order_id": known.order_id, "confirm": True, "customer_id": known.customer_id, "code": "right"}
    outcome = talk.act("action_cancel_order")
    assert "Nothing was changed" in outcome.text
    assert known.email not in outcome.text and not outcome.cards


def test_an_effect_of_this_turn_counts_if_we_signed_it(talk, order_of):
    known = order_of("pending")
    effect = Effect("verified", "talk-1", time.time(), customer_id=known.customer_id)
    for key, is_shown in (("x" * 40, False), (talk.shop.settings.secret_key, True)):
        talk.hear("my orders", "list_orders")
        token = sign(effect, key=key)
        talk.events.append({"event": "bot", "data": {"custom": {"effects": [token]}}})
        assert bool(talk.act("action_list_orders").cards) is is_shown


def test_an_effect_of_an_earlier_turn_or_another_conversation_does_not_count(talk, order_of):
    known = order_of("pending")
    key = talk.shop.settings.secret_key
    mine = sign(Effect("verified", "talk-1", time.time(), customer_id=known.customer_id), key=key)
    other = sign(Effect("verified", "talk-2", time.time(), customer_id=known.customer_id), key=key)
    talk.hear("hi", "greet")
    talk.events.append({"event": "bot", "data": {"custom": {"effects": [mine]}}})
    talk.hear("my orders", "list_orders")
    talk.events.append({"event": "bot", "data": {"custom": {"effects": [other]}}})
    assert not talk.act("action_list_orders").cards


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Unavailable("The shop's database does not answer."), "cannot reach the shop's records"),
        (TooMany("That was not right several times."), "several times"),
        (RuntimeError("secret mia@example.com"), BROKEN),
        (OperationalError("SELECT 1", {}, Exception("locked")), "cannot reach the shop's records"),
    ],
)
def test_a_fault_becomes_a_sentence(talk, order_of, monkeypatch, caplog, fault, words):
    known = order_of("pending")
    talk.orders = (known.order_id,)

    def fail(*_):
        raise fault

    monkeypatch.setattr(orders, "get_order", fail)
    talk.hear("details", "order_details").slots["order_id"] = known.order_id
    with caplog.at_level(logging.INFO):
        outcome = talk.act("action_order_details")
    assert words in outcome.text
    assert "Talk to a person" in outcome.buttons
    assert "mia@example.com" not in caplog.text + outcome.text
    assert known.order_id not in caplog.text
