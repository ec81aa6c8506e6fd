"""Plain answers in other words, through the executor: which ones, when, and that nothing else changes."""

import ast
import json
import time

import pytest

from actions.generation import Generator
from actions.rephrasing import Plain
from contract.conversation import PART
from contract.settings import ROOT, Settings
from tests.actions.generation_double import GenerationDouble

PLAIN_IN = {
    "actions/topics/tracking.py": {"WHERE_IT_IS"},
    "actions/topics/money_back.py": {"REFUND"},
    "actions/topics/account.py": {"GIFT_CARD"},
    "actions/topics/products.py": {"PRICE", "STOCK", "PRODUCT", "SIZE"},
}


def rephrases(talk, double):
    """Makes the shop's answers be rephrased by ``double``."""
    settings = Settings(
        secret_key="k" * 40, generation_url=f"{double.url}/v1", generation_model="small", generation_rephrase=True
    )
    talk.shop.generator = Generator.of(settings)


@pytest.fixture
def server(talk, generation_server):
    rephrases(talk, generation_server)
    return generation_server


class Rephrasing(GenerationDouble):
    """Says what it is given, with a greeting: a rephrasing that is always right."""

    def answer(self, method, path, body):

        self.text = "Hello! " + json.loads(body["messages"][1]["content"])["text"]
        return super().answer(method, path, body)


@pytest.fixture
def polite(talk):
    double = Rephrasing()
    rephrases(talk, double)
    yield double
    double.stop()


def tracked(talk, known, text="can you tell me where it is please"):
    talk.orders = (known.order_id,)
    talk.slots["order_id"] = known.order_id
    return talk.hear(text, "track_order")


def test_where_an_order_is_may_be_said_so_that_it_fits(talk, order_of, polite):
    known = order_of("shipped")
    tracked(talk, known)
    call = talk.call("action_track_order")
    talk.shop.generator, generator = None, talk.shop.generator
    plain = talk.repeat(call)
    talk.shop.generator = generator
    said = talk.repeat(call)
    assert said.text == f"Hello! {plain.text}"
    assert (said.buttons, said.cards, said.events) == (plain.buttons, plain.cards, plain.events)
    assert len(polite.calls) == 1
    assert known.order_id not in polite.prompt and "Last seen" not in polite.prompt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Your order is on its way.",
        "Your order is cancelled and the money refunded.",
        '/cancel_order{"order_id": "#W2611340"}',
        "I have cancelled it. [Yes](/affirm)",
    ],
)
def test_what_is_not_faithful_is_thrown_away(talk, order_of, server, text):
    known = order_of("shipped")
    server.text = text
    outcome = tracked(talk, known).act("action_track_order")
    assert len(server.calls) == 1
    assert known.order_id in outcome.text and "Tracking number" in outcome.text
    assert not outcome.effects


def test_a_slow_server_does_not_hold_up_the_answer(talk, order_of, server):
    server.slow_s = 5.0
    began = time.monotonic()
    outcome = tracked(talk, order_of("shipped")).act("action_track_order")
    assert "Tracking number" in outcome.text
    assert time.monotonic() - began < 2.8


def test_a_bug_in_rephrasing_costs_nothing(talk, order_of, server):
    talk.shop.generator._client = None
    outcome = tracked(talk, order_of("shipped")).act("action_track_order")
    assert "Tracking number" in outcome.text and "went wrong" not in outcome.text


@pytest.mark.parametrize("text", ["97205", "#W0411862", "jane@shop.example", "?"])
def test_a_message_that_asks_nothing_is_answered_as_it_is_written(talk, order_of, server, text):
    tracked(talk, order_of("shipped"), text).act("action_track_order")
    assert server.calls == []


def test_a_button_is_answered_as_it_is_written(talk, order_of, server):
    known = order_of("shipped")
    tracked(talk, known)
    talk.press(f'/track_order{{"order_id": "{known.order_id}"}}').act("action_track_order")
    assert server.calls == []


def test_a_further_request_of_a_message_and_a_second_bubble_are_too(talk, order_of, server):
    tracked(talk, order_of("shipped"))
    talk.latest["metadata"][PART] = 2
    talk.act("action_track_order")
    del talk.latest["metadata"][PART]
    talk.slots["order_id"] = talk.orders[0]
    talk.act("action_track_order")  # the first action has spoken
    assert server.calls == []


def test_with_answers_from_articles_only_plain_answers_stay(talk, order_of, server):
    talk.shop.generator.rephrases = False
    tracked(talk, order_of("shipped")).act("action_track_order")
    assert server.calls == []


@pytest.mark.parametrize("action", ["action_order_details", "action_get_invoice", "action_handoff", "action_fallback"])
def test_what_is_not_plain_is_never_sent(talk, order_of, server, action):
    known = order_of("delivered")
    tracked(talk, known, "please tell me all about it")
    talk.act(action)
    assert server.calls == []


def test_a_read_back_is_never_sent(talk, order_of, server):
    known = order_of("pending")
    talk.customer_id = known.customer_id
    talk.hear(f"please cancel my order {known.order_id}", "cancel_order", order_id=known.order_id)
    talk.slots.update(change="cancel", order_id=known.order_id, reason="no longer needed")
    outcome = talk.act("action_ask_confirm")
    assert known.order_id in outcome.text
    assert server.calls == []


def test_only_the_listed_answers_are_plain():
    """Each ``plain=`` of the source, by file: a new one has to be entered here, and thought about."""
    found = {}
    for path in sorted((ROOT / "actions").rglob("*.py")):
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        named = {word.value.attr for call in calls for word in call.keywords if word.arg == "plain"}
        if named:
            found[str(path.relative_to(ROOT))] = named
    assert found == PLAIN_IN
    assert set().union(*found.values()) == {each.name for each in Plain}


@pytest.mark.parametrize(
    ("action", "text", "intent", "entities"),
    [
        ("action_product_price", "what do the summit hiking boots cost", "product_price", {"product": "Hiking Boots"}),
        ("action_check_stock", "do you have the hiking boots in stock", "check_stock", {"product": "Hiking Boots"}),
        ("action_product_question", "are the hiking boots waterproof", "product_question", {"product": "Hiking Boots"}),
        ("action_size_advice", "do the hiking boots run small", "size_advice", {"product": "Hiking Boots"}),
    ],
)
def test_a_product_is_told_of_in_other_words(talk, polite, action, text, intent, entities):
    outcome = talk.hear(text, intent, **entities).act(action)
    assert outcome.text.startswith("Hello! ")
    assert "[LINK" not in outcome.text and "[VALUE" not in outcome.text


@pytest.mark.parametrize("status", ["refunded", "cancelled", "shipped"])
def test_a_refund_is_told_of_in_other_words(talk, order_of, polite, status):
    known = order_of(status)
    tracked(talk, known, "when do I get my money back")
    outcome = talk.act("action_track_refund")
    assert outcome.text.startswith("Hello! ")
    assert known.order_id in outcome.text
    assert known.order_id not in polite.prompt
