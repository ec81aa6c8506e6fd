"""The scripted conversations say enough, each thing in several ways, and nothing that the model was trained on."""

import re
from collections import Counter

import pytest
import yaml

from contract.settings import ROOT
from nlu_models.data.rasa_yaml import read
from tests.e2e.conversations.front_desk import FRONT_DESK
from tests.e2e.conversations.script import read_conversations

WORDINGS = 4
NO_SENTENCE = re.compile(r"\{\w+\}|\d{5,6}|[a-z]+\d+")
"""An address, a number or a code alone: there are no other words for it."""

NAMED = ("order_id", "email", "zip_code", "promo_code", "person_name", "product")
NAMES = ("Nora Lindqvist", "Nora Lindquist", "Nina Berg")
SIGNS = re.compile(r"\{\w+\}|#?W\d{5,}|\b[A-Z]+\d+\b|\bT-\d+")


def messages():
    """Each free message: where it stands, and its wordings."""
    for conversation in read_conversations():
        for turn in conversation.turns:
            if turn.shopper and not NO_SENTENCE.fullmatch(turn.shopper[0]):
                yield conversation.name, turn.shopper


@pytest.fixture(scope="module")
def products():
    files = (ROOT / "data" / "shop" / "catalog").glob("*.yml")
    return [product["name"] for path in files for product in yaml.safe_load(path.read_text("utf-8"))["products"]]


@pytest.fixture(scope="module")
def trained():
    """The training sentences, with their own names, numbers and codes and without any."""
    found = set()
    for line in read(ROOT / "data" / "nlu").lines:
        text = line.example.text
        found.add(plain(text))
        for span in sorted(line.example.entities, key=lambda span: -span.start):
            if span.entity in NAMED:
                text = f"{text[: span.start]} something {text[span.end :]}"
        found.add(plain(text))
    return found


def plain(text):
    """Lower case, without punctuation."""
    return " ".join(re.findall(r"\w+", text.casefold().replace("'", "").replace("’", "")))


def without_names(text, products):
    names = "|".join(map(re.escape, (*products, *NAMES)))
    return plain(re.sub(names, " something ", SIGNS.sub(" something ", text)))


def test_every_message_is_said_in_several_ways():
    few = {(name, said[0]) for name, said in messages() if len({plain(text) for text in said}) < WORDINGS}
    assert few == set()


def test_no_rewording_was_trained(trained, products):
    copies = {
        (name, text)
        for name, said in messages()
        for text in said[1:]
        if {plain(text), without_names(text, products)} & trained
    }
    assert copies == set()


def test_no_wording_stands_twice_under_one_message():
    for name, said in messages():
        assert [text for text, count in Counter(said).items() if count > 1] == [], name


def test_what_the_front_desk_does_goes_well_once_and_not_so_well_once():
    wanted = {name for names in FRONT_DESK.values() for name in names}
    happy = {name for c in read_conversations() if not c.unhappy for name in c.covers}
    unhappy = {name for c in read_conversations() if c.unhappy for name in c.covers}
    assert (wanted - happy, wanted - unhappy, (happy | unhappy) - wanted) == (set(), set(), set())
