"""Only a context that we signed counts, and nothing that goes wrong reaches Rasa as an exception."""

import dataclasses
import logging
import time

import pytest
from sqlalchemy.exc import OperationalError

from actions import runtime
from actions.base import BROKEN, NOT_YOURS
from actions.changes import CHANGES
from actions.forms.base import FormValidation
from actions.identity import read_context
from actions.registry import ACTIONS
from actions.services import orders
from contract.conversation import Context, Effect
from contract.signing import sign
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


def test_each_of_several_requests_is_a_message_of_its_own(talk, order_of):
    talk.hear("my orders", "list_orders")
    whole = read_context(talk.latest, talk.shop.settings)
    talk.latest["metadata"]["part"] = 2
    part = read_context(talk.latest, talk.shop.settings)
    assert part == dataclasses.replace(whole, message_id=f"{whole.message_id}:2")


def test_what_the_first_request_proved_holds_for_the_second(talk, order_of):
    known = order_of("pending")
    talk.hear("my orders", "list_orders")
    assert not talk.act("action_list_orders").cards
    effect = Effect("verified", talk.conversation_id, time.time(), customer_id=known.customer_id)
    proved = {"custom": {"effects": [sign(effect, key=talk.shop.settings.secret_key)]}}
    talk.events.append({"event": "bot", "text": "Verified.", "data": proved})
    context = talk.latest["metadata"]
    talk.hear("and my orders", "list_orders")
    talk.latest["metadata"] = {**context, "part": 2}
    talk.events[-1]["metadata"] = talk.latest["metadata"]
    assert talk.act("action_list_orders").cards


def test_an_expired_context_is_refused(talk, order_of):
    known = order_of("pending")
    talk.hear("my orders", "list_orders")
    old = Context("talk-1", "m-1", "web", time.time() - 61, known.customer_id, time.time())
    with_context(talk, old, talk.shop.settings.secret_key)
    assert talk.act("action_list_orders").text == NOT_YOURS


def test_a_slot_makes_nobody_a_customer(talk, order_of):
    known = order_of("pending")
    talk.hear("cancel", "cancel_order")
    talk.slots = {"change": "cancel", "order_id": known.order_id, "confirm": True, "customer_id": known.customer_id}
    outcome = talk.act("action_make_change")
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


@pytest.fixture
def gone(talk):
    """Takes the database away: nobody listens at its address."""
    nowhere = "postgresql://nobody:secret@127.0.0.1:1/shop"
    shop = runtime.Runtime.of(dataclasses.replace(talk.shop.settings, shop_database_url=nowhere))
    yield lambda: runtime.use(shop)
    shop.close()


ASKS_NO_DATABASE = {"action_answer_knowledge", "action_complaint", "action_fallback", "action_handoff"} | {
    "action_inform_outside",
    "action_account",
    "action_ask_account",
    "action_ask_value",
    "action_promo",
    "action_report",
    "action_ask_change",
    "action_ask_reason",
    "action_leave_form",
    "action_out_of_scope",
    "action_put_right",
    "action_reply_outside",
}


@pytest.mark.parametrize("action", sorted(kind.action_name for kind in ACTIONS if not issubclass(kind, FormValidation)))
def test_a_database_that_is_down_is_one_sentence(talk, order_of, gone, action):
    known = order_of("pending")
    talk.customer_id = known.customer_id
    talk.hear("the slate tablet under $9, T-48210", "inform", product="slate tablet", price="$9")
    change = next((change for change in CHANGES.values() if change.detail(action.removeprefix("action_ask_"))), None)
    talk.slots = {"order_id": known.order_id, "confirm": True, "ticket_text": "It came broken"}
    talk.slots["change"] = change.kind if change is not None else "cancel"
    talk.slots |= {"buy_product": "spring-water-bottle", "buy_variant": "spring-water-bottle-01", "quantity": 1.0}
    talk.slots |= {"account": "newsletter", "value": "on", "promo_code": "WELCOME10", "ticket_topic": "missing_parcel"}
    gone()
    outcome = talk.act(action)
    assert BROKEN not in outcome.text and "secret" not in outcome.text
    if action not in ASKS_NO_DATABASE:
        assert outcome.text == "Sorry, I cannot reach the shop's records right now. Please try again in a minute."
        assert "Talk to a person" in outcome.buttons


@pytest.mark.parametrize(
    ("form", "intent"),
    [("order_form", "track_order"), ("change_form", "cancel_order"), ("verify_form", "verify_identity")],
)
def test_a_form_ends_with_that_sentence(talk, order_of, gone, form, intent):
    known = order_of("pending")
    gone()
    text = f"{known.order_id}, {known.email}"
    outcome = talk.hear(text, intent, order_id=known.order_id, email=known.email).begin(form)
    assert "cannot reach the shop's records" in outcome.text and not outcome.effects
    assert talk.form is None and talk.slots.get("order_id") is None


def test_nothing_is_cancelled_while_the_database_is_down_and_once_when_it_is_back(talk, order_of, gone, status_of):
    known = order_of("pending")
    talk.customer_id = known.customer_id
    talk.hear("yes", "affirm").slots.update(change="cancel", order_id=known.order_id, confirm=True)
    call = talk.call("action_make_change")
    gone()
    assert "cannot reach" in talk.repeat(call).text
    runtime.use(talk.shop)
    assert status_of(known.order_id) == "pending" and not talk.sent("is cancelled")
    assert talk.repeat(call).text.startswith("Done: order") and status_of(known.order_id) == "cancelled"
