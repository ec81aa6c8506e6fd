"""The project's own training data keeps what the labelling guide promises."""

from collections import Counter

import pytest

from contract.settings import ROOT
from nlu_models.data.groups import frame, groups
from nlu_models.data.rasa_yaml import read

INTENTS = """
create_account delete_account edit_account recover_password registration_problems switch_account
check_cancellation_fee contact_customer_service contact_human_agent delivery_options delivery_period complaint
review check_invoice get_invoice newsletter_subscription cancel_order change_order place_order track_order
check_payment_methods payment_issue check_refund_policy get_refund track_refund change_shipping_address
set_up_shipping_address
"""
ENTITIES = """
order_id tracking_id email zip_code person_name product product_option size color quantity price refund_amount
invoice_id account_type delivery_city delivery_country date payment_method promo_code
"""


def examples(*parts):
    return [line.example for part in parts for line in read(ROOT / "data" / part).lines]


@pytest.fixture(scope="module")
def train():
    return examples("nlu")


@pytest.fixture(scope="module")
def evaluation():
    return examples("evaluation/validation.yml", "evaluation/test.yml")


def test_every_intent_has_at_least_forty_examples(train):
    counts = Counter(example.intent for example in train)
    assert len(counts) >= 70
    assert set(counts) >= set(INTENTS.split())
    assert min(counts.values()) >= 40


def test_every_entity_is_there(train):
    counts = Counter(span.entity for example in train for span in example.entities)
    assert set(counts) >= set(ENTITIES.split())


def test_every_intent_is_tested(train, evaluation):
    assert {example.intent for example in train} == {example.intent for example in evaluation}


def test_no_message_trains_and_tests(train, evaluation):
    assert {frame(example) for example in train} & {frame(example) for example in evaluation} == set()


def test_no_near_duplicate_trains_and_tests():
    parts = {name: examples(name) for name in ("nlu", "evaluation/validation.yml", "evaluation/test.yml")}
    part_of = [name for name, rows in parts.items() for _ in rows]
    rows = [example for found in parts.values() for example in found]
    by_intent = {}
    for number, example in enumerate(rows):
        by_intent.setdefault(example.intent, []).append(number)
    crossing = []
    for numbers in by_intent.values():
        for group in groups([rows[i] for i in numbers]):
            if len({part_of[numbers[i]] for i in group}) > 1:
                crossing.append([f"{part_of[numbers[i]]}: {rows[numbers[i]].text}" for i in group])
    assert crossing == []


def test_no_text_has_two_intents(train, evaluation):
    intents = {}
    for example in (*train, *evaluation):
        intents.setdefault(example.text.casefold(), set()).add(example.intent)
    assert {text: names for text, names in intents.items() if len(names) > 1} == {}
