"""Recall of the masker on messages written for this test, and what it must leave alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from admin_ui.review.masking import Hint, Masker
from admin_ui.review.masking.masker import HINTED
from admin_ui.review.training.files import read_examples
from contract.settings import ROOT

# The words between « and » are personal data and must not survive.
PERSONAL = """
my order number is «#W2611340» and it never came
order «W9911823» please, where is it
can you look up «2611340» for me
bestellung nr. «4471123» ist nicht da
I am «Noah Brown» and I want a refund
my name is «mia li», zip «10083»
this is «Yusuf Rossi» speaking
Mrs. «Santos» here, still waiting
regards, «Ethan Garcia»
name: «Fatima Johnson»
thanks, «Priya Patel»
mein Name ist «Jürgen Müller»
me llamo «Sofia Hernandez»
write to «noah.brown3668@example.com» please
my mail is «mia_li (at) gmail (dot) com»
«OLIVIA.KHAN@SHOP.ORG» is my address
«raj+shop@mail.co.uk» doesn't work
call me at «+1 415 555 2671»
phone «(415) 555-2671» after six
meine nummer ist «0170 1234567»
ring «+44 20 7946 0958» instead
card «4111 1111 1111 1111» was charged twice
I paid with «5500-0000-0000-0004»
IBAN «DE89 3704 0044 0532 0130 00» for the refund
transfer it to «GB29NWBK60161331926819»
tracking «1Z999AA10123456784» says delivered
«JD014600006281» hasn't moved in days
invoice «INV-2026-00417» is wrong
ship to «742 Evergreen Terrace», Springfield
I live at «12 Baker Street»
deliver to «Hauptstraße 5», Berlin
calle «Gran Via 12», Madrid
zip code «SW1A 1AA»
my postcode is «80279»
my ssn is «219-09-9998»
I was born on «03/04/1985»
my password is «hunter2!x»
logged in from «84.12.33.7»
see https://shop.example/o?«token=abc123»
""".strip().splitlines()

HARMLESS = """
do you have Nike Air Max in black
is the Dyson V15 in stock
I want 2 of them in size 42
the 1000ml water bottle for $49.99
does it have 16GB and 1TB
when do you open on Black Friday
will it rain tomorrow
can I pay with PayPal or Apple Pay
a jacket from Calvin Klein
my package should be here by May
how long does delivery to Germany take
I need it in two days
is there a grace period for returns
rose gold or silver
a pair of running shoes, half a size bigger
use code SAVE10
""".strip().splitlines()


def secrets_of(line: str) -> list[str]:
    return [part.split("»")[0] for part in line.split("«")[1:]]


def test_recall_on_personal_data_is_at_least_95_percent(masker):
    pairs = [(line, secret) for line in PERSONAL for secret in secrets_of(line)]
    missed = [
        (line, secret) for line, secret in pairs if secret in masker.mask_text(line.replace("«", "").replace("»", ""))
    ]
    assert 1 - len(missed) / len(pairs) >= 0.95, missed


def test_what_is_nobodys_data_stays_as_it_is(masker):
    changed = [(line, masker.mask_text(line)) for line in HARMLESS if masker.mask_text(line) != line]
    assert len(changed) <= 1, changed


def test_the_products_of_the_demonstration_shop_are_nobodys_names(masker):
    files = sorted((ROOT / "data" / "shop" / "catalog").glob("*.yml"))
    names = [product["name"] for file in files for product in yaml.safe_load(file.read_text("utf-8"))["products"]]
    assert len(names) >= 60
    assert [name for name in names if masker.mask_text(f"is the {name} in stock") != f"is the {name} in stock"] == []


def test_the_same_value_gets_the_same_stand_in_and_another_installation_another(masker):
    text = "find #W2611340"
    assert masker.mask_text(text) == masker.mask_text(text)
    assert masker.mask_text(text) != Masker("f" * 32).mask_text(text)
    assert masker.mask_text(text).startswith("find #W")


def test_what_the_model_found_is_masked_even_where_no_rule_sees_it(masker):
    text = "parcel for Xqzt Vvvk"
    assert "Xqzt" in masker.mask_text(text)
    masked = masker.mask(text, [Hint(11, 20, "person_name"), Hint(0, 6, "product"), Hint(90, 99, "email")])
    assert "Xqzt" not in masked.text and masked.text.startswith("parcel for ")


def test_control_and_direction_characters_go(masker):
    assert masker.mask_text("a\u202eb\x00c\nd\ud800e") == "abc de"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.integers(0, 80), st.integers(0, 80))
def test_spans_stay_inside_the_masked_text(text, one, other):
    masked = Masker("k" * 32).mask(text)
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    moved_start, moved_end = masked.span(start, end)
    assert 0 <= moved_start <= len(masked.text) and 0 <= moved_end <= len(masked.text)
    for begin, stop, _ in masked.places():
        assert 0 <= begin <= stop <= len(masked.text)


@pytest.mark.parametrize("module", ["torch", "transformers"])
def test_masking_does_not_load_what_it_does_not_need(module):
    code = f"import sys, admin_ui.review.masking; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_recall_on_the_labelled_training_messages_without_the_models_help(masker):
    found = missed = changed = harmless = 0
    for example in read_examples(ROOT / "data" / "nlu"):
        masked = masker.mask_text(example.text)
        spans = [span for span in example.entities if span.entity in HINTED]
        found += len(spans)
        missed += sum(example.text[span.start : span.end] in masked for span in spans)
        if not spans and not any(char.isdigit() for char in example.text):
            harmless += 1
            changed += masked != example.text
    if found < 100:
        pytest.skip("needs the training data of the project")
    assert 1 - missed / found >= 0.97
    assert changed / harmless <= 0.01
