"""What is read out of an answer."""

import pytest

from actions.changes.postal import read_address
from actions.forms import reading
from actions.message import Message, NamedThing, read_message
from actions.services.change_views import AddressView
from actions.topics.prices import PriceRange, price_range


def said(text, intent="inform", confidence=0.95, things=()):
    return Message(text, intent, confidence, ((intent, confidence),), tuple(things), is_button=False)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("#W2611340", "#W2611340"),
        ("my order is w2611340 thanks", "#W2611340"),
        ("2611340", "#W2611340"),
        ("mia2611340@example.com", None),
        ("12345", None),
        ("call me on 26113401234", None),
        ("", None),
    ],
)
def test_order_number(text, number):
    assert reading.order_number(said(text)) == number


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("mia.li3668@example.com", "mia.li3668@example.com"),
        ("my zip is 10083", "10083"),
        ("10083-1234", "10083-1234"),
        ("SW1A 1AA", "SW1A 1AA"),
        ("it's ZB0T 0VD", "ZB0T 0VD"),
        ("80279.", "80279"),
        ("W2611340", None),
        ("I don't know", None),
        ("my name is Bob", None),
    ],
)
def test_contact(text, contact):
    assert reading.contact(said(text)) == contact


def test_number_and_contact_in_one_message():
    message = said("W2611340, zip 10083")
    assert (reading.order_number(message), reading.contact(message)) == ("#W2611340", "10083")


@pytest.mark.parametrize(
    ("text", "code"), [("123456", "123456"), ("123 456", "123456"), ("code: 123-456!", "123456"), ("1234567", None)]
)
def test_code(text, code):
    assert reading.code(said(text)) == code


@pytest.mark.parametrize(
    ("text", "intent", "meant"),
    [
        ("perfect, I'll take them", "place_order", True),
        ("perfect, but in black", "inform", None),
        ("yes please", "affirm", True),
        ("Sure, go ahead", "inform", True),
        ("go for it", "affirm", True),
        ("yes cancel it", "cancel_order", True),
        ("no", "deny", False),
        ("don't", "stop", False),
        ("rather leave it", "deny", False),
        ("yes but wait", "affirm", None),
        ("yes?", "affirm", None),
        ("I'm not sure", "affirm", None),
        ("tomorrow", "inform", None),
    ],
)
def test_yes_or_no(text, intent, meant):
    assert reading.yes_or_no(said(text, intent)) is meant


def test_is_bare():
    number = "#W2611340"
    assert reading.is_bare(said("it's #W2611340, thanks", "track_order"), number) is True
    assert reading.is_bare(said("it's #W2611340", "track_order"), number) is True
    assert reading.is_bare(said("cancel #W2611340", "cancel_order"), number) is False
    assert reading.is_bare(said("the one I mean is #W2611340", "cancel_order", confidence=0.4), number) is True


def priced(text, *values):
    things = [NamedThing("price", value, text.index(value), text.index(value) + len(value), value) for value in values]
    return price_range(said(text, things=things), "USD")


@pytest.mark.parametrize(
    ("text", "values", "found"),
    [
        ("under $50", ["$50"], PriceRange(None, 5000)),
        ("$49.99", ["$49.99"], PriceRange(None, 4999)),
        ("more than 100 dollars", ["100 dollars"], PriceRange(10000, None)),
        ("at least $20", ["$20"], PriceRange(2000, None)),
        ("between $20 and $35", ["$20", "$35"], PriceRange(2000, 3500)),
        ("up to $1,200", ["$1,200"], PriceRange(None, 120000)),
        ("up to 1.234,50 euro", ["1.234,50 euro"], PriceRange(None, 123450)),
        ("cheap", [], PriceRange()),
        ("some money", ["some money"], PriceRange()),
    ],
)
def test_price_range(text, values, found):
    assert priced(text, *values) == found


def test_of_several_requests_the_first_one_is_read():
    text = "cancel #W2611340 please. Also, where is #W7654321?"
    rows = [{"entity": "order_id", "value": "#W2611340", "start": 7, "end": 16}]
    message = read_message({"text": text, "entities": rows, "shopclerk": {"place": [0, 24]}})
    assert message.text == "cancel #W2611340 please."
    assert message.all("order_id") == ("#W2611340",) and message.things[0].text == "#W2611340"
    moved = read_message(
        {"text": "  " + text, "entities": [{**rows[0], "start": 9, "end": 18}], "shopclerk": {"place": [2, 26]}}
    )
    assert moved.things == message.things


@pytest.mark.parametrize(
    "text",
    [
        "7 Elm Street, Reno, NV 89501 please",
        "7 Elm Street, Reno, NV 89501. Thank you!",
        "send it to 7 Elm Street, Reno, NV 89501, USA, please, thanks",
    ],
)
def test_courtesy_is_no_part_of_an_address(text):
    assert read_address(text, "USA") == AddressView("7 Elm Street", "Reno", "89501", "USA", state="NV")
